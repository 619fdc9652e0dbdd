import pytest

from kyoso.lib.build import build_of


@pytest.fixture
def project(tmp_path):
    for folder in ("static/js", "templates"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "static/js/app.js").write_text("1")
    return tmp_path


def test_build_changes_with_what_a_browser_runs_and_with_nothing_else(project):
    first = build_of(project)
    assert (len(first), build_of(project)) == (12, first)
    (project / "static/notes.txt").write_text("no browser loads this")
    assert build_of(project) == first
    (project / "templates/page.html").write_text("a")
    assert build_of(project) != first
