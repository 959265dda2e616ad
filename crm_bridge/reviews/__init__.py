"""Reviews: people listen to chosen calls and score them on a card, so that quality is more than an impression.

* `selection` (pure): which calls are to be heard, and why; a week's draw can be repeated by anybody from its seed.
* `cards` (pure): what a score card asks, and the score of its answers; `default_card` is the one that we bring.
* `lifecycle` (pure): a review's states as a table.
* `agreement` (pure): how far two who hear the same call agree.
* `store`: rows; who claims a review holds it for a while, a score is never changed but superseded.
* `keeper`: draws each week's calls once the week is over.

Only calls that were drawn make averages: the others were chosen because they are special.
"""
