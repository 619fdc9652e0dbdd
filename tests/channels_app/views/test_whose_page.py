"""Scripts say for whom their page was made: what was typed there is never sent as somebody else."""

import pytest

from channels_app.models import Draft, Post
from tests import factories
from tests.channels_app.views.habits import JSON, signed_in, words
from tests.people import person

pytestmark = pytest.mark.django_db
POSTS, DRAFT = "/channels/madoguchi-dx/posts/", "/drafts/madoguchi-dx/"


@pytest.fixture
def cast():
    """Tanaka and Miura, who both write in one channel."""
    tanaka, miura = person("tanaka"), person("miura")
    factories.channel("madoguchi-dx", tanaka, miura)
    return tanaka, miura


def whose(member) -> dict:
    """The headers of a script on a page made for a member."""
    return JSON | {"HTTP_X_KYOSO_MEMBER": str(member.pk)}


def test_the_member_of_the_page_writes_as_always(cast):
    assert signed_in(cast[0]).post(POSTS, words(), **whose(cast[0])).status_code == 201
    assert Post.objects.get().author == cast[0]


def test_a_page_without_the_header_writes_as_always(cast):
    assert signed_in(cast[0]).post(POSTS, words(), **JSON).status_code == 201


def test_whoever_logged_in_since_says_and_keeps_nothing_of_the_one_before(cast):
    browser = signed_in(cast[1])
    for address in (POSTS, DRAFT):
        answer = browser.post(address, words("田中の文"), **whose(cast[0]))
        assert (answer.status_code, answer.json()["error"][:10]) == (401, "この端末では、別の人")
    assert (Post.objects.count(), Draft.objects.count()) == (0, 0)


def test_nonsense_in_the_header_is_nobody(cast):
    answer = signed_in(cast[0]).post(POSTS, words(), **JSON, HTTP_X_KYOSO_MEMBER="0 or 1")
    assert (answer.status_code, Post.objects.count()) == (401, 0)


def test_without_session_and_token_a_script_hears_that_the_log_in_is_over(cast):
    visitor = signed_in(cast[0], enforce_csrf_checks=True)
    visitor.cookies.clear()
    answer = visitor.post(POSTS, words(), **whose(cast[0]))
    assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert visitor.post(POSTS, words(), **JSON).status_code == 403
