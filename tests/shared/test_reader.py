"""What a reader goes by when it says that a projection has seen something."""

from pymongo import MongoClient

from shared.runtime.app import Reader


def test_places_that_are_remembered_are_those_that_no_failover_takes_back():
    with MongoClient("mongodb://127.0.0.1:1", connect=False) as client:
        assert Reader("bank", client, {})._progress._database.read_concern.level == "majority"
