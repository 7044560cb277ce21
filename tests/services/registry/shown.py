"""The projections of a log in memory, asked as MongoDB is: with the few operators that registry uses."""

from services.registry.projections import PROJECTIONS


class Shown:
    """The projections of a log in memory, as a reader shows them."""

    def __init__(self, store):
        self.store = store

    def documents(self, projection, query, *, sort="_id", limit=100):
        folded = {}
        projection.fold(folded, self.store.stream(0))
        every = [{**one, "_id": key} for key, one in folded.items()]
        found = [one for one in every if fits(one, query)]
        found.sort(key=lambda one: one[sort.lstrip("-")], reverse=sort.startswith("-"))
        return found[: limit or None]

    def level(self, projection):
        """It folds what stands in the log, each time."""

    def caught_up(self, projection, recorded):
        return projection in PROJECTIONS and recorded.position <= self.store.head(0)


def fits(document, query):
    """Whether a document is what a query asks for."""
    return all(_fits(document, name, wanted) for name, wanted in query.items())


def _fits(document, name, wanted):
    if name == "$or":
        return any(fits(document, one) for one in wanted)
    value = document.get(name)
    if not isinstance(wanted, dict):
        return value == wanted
    return all(_holds(operator, document, name, operand) for operator, operand in wanted.items())


def _holds(operator, document, name, operand):
    value = document.get(name)
    match operator:
        case "$exists":
            return (name in document) == operand
        case "$elemMatch":
            return any(fits(one, operand) for one in value)
        case _:
            compare = {"$in": lambda: value in operand, "$gt": lambda: value > operand,
                       "$lt": lambda: value < operand, "$lte": lambda: value <= operand}  # fmt: skip
            return value is not None and compare[operator]()
