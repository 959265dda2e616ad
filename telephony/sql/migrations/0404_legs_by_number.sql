-- Which calls rang somebody's phone: what a manager may see is found by it, not by reading every call.

CREATE INDEX legs_by_number ON legs (number, rang_at) WHERE rang_at IS NOT NULL;
