"""What happens with log-ins: noting one, and telling the member about a new browser."""

from accounts.models import Member, SignIn
from kyoso import jobs
from kyoso.lib.deeds import deed


@deed
def note(member: Member, *, address: str | None, browser: str) -> SignIn | None:
    """Note a log-in; returns the one before it, or None at the first.

    Side effects in order: the sign-in; the mail when the member has logged in before, but never with this
    browser (統一基準群: the member can notice somebody else).
    """
    earlier = SignIn.objects.filter(member=member)
    before, is_known = earlier.first(), earlier.filter(browser=browser).exists()
    noted = SignIn.objects.create(member=member, address=address, browser=browser)
    if before and not is_known:
        jobs.enqueue("mail_sign_in_new", sign_in_id=noted.pk)
    return before
