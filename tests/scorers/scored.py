"""One draft of the small session, scored by one scorer."""

from evalkit.claims.carried import carried
from tests import small


def scores(scorer, note, session=None):
    session = session or small.session()
    case = small.case(session, note, facts=carried(session, note))
    return {one.scorer: one for one in scorer.score(case)}
