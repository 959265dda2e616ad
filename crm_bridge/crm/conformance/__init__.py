"""Does a gateway keep its contract? Checks that whoever adds a CRM runs, with pytest or without.

A gateway is tried against an `other_side.OtherSide`: a fake that its maker writes from the vendor's reference, or an
account of the vendor's own where such a thing may be spoilt. The checks (`checks`) know nothing of the CRM; what they
break on is said in a sentence. With pytest::

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    async def test_contract(check, side): await check(side)

Without, for a module that has ``opened()``, an async context manager that gives a `Trial`::

    python -m crm_bridge.crm.conformance my_fake:opened
"""

from crm_bridge.crm.conformance.checks import CHECKS
from crm_bridge.crm.conformance.other_side import BadAnswer, ContractBroken, OtherSide, Trial

__all__ = ["CHECKS", "BadAnswer", "ContractBroken", "OtherSide", "Trial"]
