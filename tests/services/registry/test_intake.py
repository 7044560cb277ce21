"""R2: control totals, which files of a directory load, and in which order."""

import hashlib

import pytest
import yaml

from services.registry.feed import FeedRefused
from services.registry.intake import kind_named, plan
from services.registry.kinds import KINDS
from services.registry.manifest import read_manifest
from shared.core.errors import NotFound
from tests.services.registry.world import dated, sample, write


@pytest.fixture
def directory(tmp_path):
    for kind in KINDS:
        write(tmp_path / f"{kind}.csv", dated([sample(kind)]))
    return tmp_path


def manifest(directory, **files):
    control = {
        path.name: {
            "kind": path.stem,
            "rows": 1,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in directory.glob("*.csv")
    }
    for name, changed in files.items():
        control[f"{name}.csv"] = control.get(f"{name}.csv", {}) | changed
    (directory / "manifest.yaml").write_text(yaml.safe_dump({"business_date": "2026-08-31", "files": control}))


def refused(paths, *says, kind=None):
    with pytest.raises(FeedRefused) as caught:
        plan(paths, kind)
    for text in says:
        assert text in caught.value.message
    return caught.value


def test_r1_a_directory_loads_in_the_order_of_reference(directory):
    kinds = [feed.kind for feed in plan([directory])]
    assert kinds == [
        "units", "staff", "customers", "relationships", "holdings", "balances", "activity", "transfers", "sign_ins", "days",
    ]  # fmt: skip


def test_r1_the_name_the_manifest_or_the_caller_says_the_kind(tmp_path):
    write(tmp_path / "activity-2026-08.csv", [sample("activity")])
    write(tmp_path / "x.csv", [sample("days")], KINDS["days"].schema.columns())
    assert [feed.kind for feed in plan([tmp_path / "activity-2026-08.csv"])] == ["activity"]
    assert [feed.kind for feed in plan([tmp_path / "x.csv"], "days")] == ["days"]
    refused([tmp_path / "x.csv"], "x.csv", "--kind", "units, staff")
    refused([tmp_path / "x.csv"], "'day'", kind="day")


def test_r2_control_totals_that_match_pass(directory):
    manifest(directory, activity={"sum": 3}, balances={"sum": 2_500_000}, transfers={"sum": 2_000_000})
    assert len(plan([directory])) == len(KINDS)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rows": 2}, "its rows is 1 and the manifest says 2"),
        ({"sum": 4}, "its sum is 3 and the manifest says 4"),
        ({"sha256": "0" * 64}, "its sha256 is "),
    ],
)
def test_r2_control_totals_that_do_not_match_refuse_the_file(directory, changed, says):
    manifest(directory, activity=changed)
    refused([directory], "activity.csv", says, "hand it over again")
    refused([directory / "activity.csv"], says)


def test_r2_the_manifest_and_the_directory_name_the_same_files(directory):
    manifest(directory)
    write(directory / "units-2.csv", [sample("units")])
    refused([directory], "units-2.csv", "does not name it")
    (directory / "units-2.csv").unlink()
    (directory / "units.csv").unlink()
    refused([directory], "units.csv", "not in the directory")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("files: [", "is not YAML"),
        ("files: {a.csv: {kind: units}}", "files.a.csv.rows"),
        ("files: {a.csv: {kind: units, rows: many}}", "files.a.csv.rows"),
        ("files: {a.csv: {kind: units, rows: 1, colour: red}}", "files.a.csv.colour"),
        ("fils: {}", "manifest.yaml"),
        ("", "manifest.yaml"),
        ("- 1", "manifest.yaml"),
    ],
)
def test_r2_a_bad_manifest_names_itself_and_the_place(tmp_path, text, says):
    (tmp_path / "manifest.yaml").write_text(text)
    with pytest.raises(FeedRefused, match=r"manifest\.yaml") as caught:
        read_manifest(tmp_path / "manifest.yaml")
    assert says in caught.value.message


def test_an_empty_directory_is_refused(tmp_path):
    refused([tmp_path], "holds no feed")


def test_an_unknown_kind_is_not_found():
    with pytest.raises(NotFound, match="units, staff"):
        kind_named("clients")
