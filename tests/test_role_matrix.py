"""Who gets which answer at which address: every URL pattern of the site, every role, GET and POST.

A row: the pattern, nine signs for GET, nine for POST; the columns are those of `role_stage.COLUMNS`, the
things asked for are other people's. Signs: 2 shown or done, L to the log-in, R elsewhere (after a deed, or
away from a page that is not due), B 400, J 401, 3 forbidden, 4 not found, 5 wrong method, U refused input,
T too often.
"""

import pytest

from tests.role_stage import COLUMNS, Stage, routes

pytestmark = pytest.mark.django_db

SIGNS = {200: "2", 201: "2", 204: "2", 400: "B", 401: "J", 403: "3", 404: "4", 405: "5", 422: "U", 429: "T"}
IN_NEWS = {"channels/<slug:slug>/", "channels/<slug:slug>/posts/"}
TABLE = r"""
healthz                                                          222222222 555555555
readyz                                                           222222222 555555555
metrics                                                          444444444 444444444
manifest.webmanifest                                             222222222 555555555
mail/                                                            444444444 555555555
conduct/                                                         LL222222L LL555555L
accounts/                                                        LL222222L LL555555L
accounts/session/                                                LL222222L LL222222L
accounts/preferences/                                            LL222222L LLUUUUUUL
accounts/sessions/                                               LL222222L LL555555L
accounts/sessions/others/end/                                    LL555555L LLRRRRRRL
accounts/sessions/<int:row_id>/end/                              LL555555L LLRRRRRRL
accounts/signup/                                                 22RRRRRR2 UURRRRRRU
accounts/signup/code/                                            RRRRRRRRR RRRRRRRRR
accounts/signup/details/                                         R2RRRRRRR RURRRRRRR
accounts/signup/conduct/                                         RRRRRRRRR RRRRRRRRR
accounts/signup/received/                                        RRRRRRRRR RRRRRRRRR
accounts/signup/organisations/                                   222222222 555555555
accounts/signup/status/<str:ticket>/                             222222222 UUUUUUUUU
accounts/conduct/                                                LLRRRRRRL LLRRRRRRL
accounts/password/set/                                           LL444444L LL444444L
accounts/login/code/confirm/                                     LL444444L LL444444L
accounts/login/                                                  22RRRRRR2 22RRRRRR2
accounts/logout/                                                 RR222222R RRRRRRRRR
accounts/inactive/                                               222222222 555555555
accounts/reauthenticate/                                         LL222222L LL222222L
accounts/email/                                                  LL222222L LLRRRRRRL
accounts/confirm-email/                                          LLRRRRRRL LLRRRRRRL
accounts/password/change/                                        LL222222L LL222222L
accounts/password/reset/                                         222222222 222222222
accounts/password/reset/confirm/                                 LLLLLLLLL LLLLLLLLL
accounts/password/reset/complete/                                RRRRRRRRR RRRRRRRRR
accounts/password/reset/done/                                    222222222 555555555
accounts/second-factor/                                          LL222222L LL555555L
accounts/second-factor/authenticate/                             LLRRRRRRL LLRRRRRRL
accounts/second-factor/reauthenticate/                           LLRRRRRRL LLRRRRRRL
accounts/second-factor/totp/activate/                            LLRRRRRRL LLRRRRRRL
accounts/second-factor/totp/deactivate/                          LL444444L LL444444L
accounts/second-factor/recovery-codes/                           LL444444L LL555555L
accounts/second-factor/recovery-codes/generate/                  LLRRRRRRL LLRRRRRRL
accounts/second-factor/recovery-codes/download/                  LL444444L LL444444L
accounts/second-factor/webauthn/                                 LL222222L LL555555L
accounts/second-factor/webauthn/add/                             LLRRRRRRL LLRRRRRRL
accounts/second-factor/webauthn/reauthenticate/                  LLRRRRRRL LLRRRRRRL
accounts/second-factor/webauthn/keys/<int:pk>/remove/            LLRRRRRRL LLRRRRRRL
accounts/second-factor/webauthn/keys/<int:pk>/edit/              LLRRRRRRL LLRRRRRRL
accounts/second-factor/webauthn/login/                           LLRRRRRRL LLRRRRRRL
members/                                                         LL222222L LL555555L
members/invitations/                                             LL222222L LLUUUUUUL
members/invitations/<int:invitation_id>/withdrawal/              LL555555L LL444444L
members/me/                                                      LLRRRRRRL LL555555L
members/me/edit/                                                 LL222222L LLRRRRRRL
members/me/section/                                              LL222222L LLUUUUUUL
members/me/picture/removal/                                      LL555555L LLRRRRRRL
members/me/closing/                                              LLRRRRRRL LLRRRRRRL
members/^pictures/(?P<name>[0-9a-f]{32})-(?P<side>256|64)\.webp$ LL444444L LL555555L
members/<int:member_id>/                                         LL222222L LL555555L
members/<int:member_id>/name/                                    LL555555L LL44444UL
members/<int:member_id>/role/                                    LL555555L LL44444UL
members/<int:member_id>/suspension/                              LL555555L LL44444RL
organisations/                                                   LL222222L LL555555L
secretariat/audit/                                               LL444442L LL555555L
secretariat/audit/export/                                        LL555555L LL444442L
secretariat/audit/verification/                                  LL555555L LL44444RL
secretariat/ambassadors/                                         LL444442L LL555555L
secretariat/ambassadors/appointment/                             LL444442L LL44444UL
secretariat/ambassadors/<int:term_id>/end/                       LL444442L LL44444UL
secretariat/channels/                                            LL444442L LL555555L
secretariat/channels/new/                                        LL444442L LL44444UL
secretariat/channels/<slug:slug>/@closed                         LL444444L LL555555L
secretariat/channels/<slug:slug>/@open                           LL444442L LL555555L
secretariat/channels/<slug:slug>/description/@closed             LL555555L LL444444L
secretariat/channels/<slug:slug>/description/@open               LL555555L LL44444UL
secretariat/channels/<slug:slug>/address/@closed                 LL555555L LL444444L
secretariat/channels/<slug:slug>/address/@open                   LL555555L LL44444UL
secretariat/channels/<slug:slug>/merger/@closed                  LL555555L LL444444L
secretariat/channels/<slug:slug>/merger/@open                    LL555555L LL44444UL
secretariat/channels/<slug:slug>/archiving/@closed               LL555555L LL444444L
secretariat/channels/<slug:slug>/archiving/@open                 LL555555L LL44444RL
secretariat/jobs/                                                LL444442L LL555555L
secretariat/jobs/retrials/                                       LL555555L LL44444RL
secretariat/jobs/<int:number>/retrial/                           LL555555L LL44444RL
secretariat/jobs/<int:number>/cancellation/                      LL444442L LL44444RL
secretariat/proposals/                                           LL444442L LL555555L
secretariat/proposals/<int:proposal_id>/                         LL444442L LL555555L
secretariat/proposals/<int:proposal_id>/granting/                LL555555L LL44444UL
secretariat/proposals/<int:proposal_id>/declining/               LL555555L LL44444UL
secretariat/organisations/                                       LL444442L LL555555L
secretariat/organisations/new/                                   LL444442L LL44444UL
secretariat/organisations/uploads/                               LL444442L LL44444UL
secretariat/organisations/uploads/<int:upload_id>/               LL444442L LL555555L
secretariat/organisations/uploads/<int:upload_id>/application/   LL555555L LL44444RL
secretariat/organisations/<str:slug>/                            LL444442L LL555555L
secretariat/organisations/<str:slug>/renaming/                   LL555555L LL44444UL
secretariat/organisations/<str:slug>/correction/                 LL555555L LL44444UL
secretariat/organisations/<str:slug>/merger/                     LL555555L LL44444UL
secretariat/organisations/<str:slug>/abolition/                  LL555555L LL44444UL
secretariat/organisations/<str:slug>/changes/<int:change_id>/withdrawal/ LL555555L LL44444RL
secretariat/organisations/<str:slug>/domains/                    LL555555L LL44444UL
secretariat/organisations/<str:slug>/domains/<int:domain_id>/extension/ LL555555L LL44444UL
secretariat/organisations/<str:slug>/domains/<int:domain_id>/removal/ LL555555L LL44444RL
secretariat/registrations/                                       LL444422L LL555555L
secretariat/registrations/batch/                                 LL555555L LL4444UUL
secretariat/registrations/<int:registration_id>/                 LL444422L LL555555L
secretariat/registrations/<int:registration_id>/approval/        LL555555L LL4444RRL
secretariat/registrations/<int:registration_id>/inquiry/         LL555555L LL4444UUL
secretariat/registrations/<int:registration_id>/refusal/         LL555555L LL4444RRL
secretariat/stamps/                                              LL444442L LL44444UL
secretariat/stamps/<int:stamp_id>/                               LL444442L LL44444UL
secretariat/stamps/<int:stamp_id>/retirement/                    LL555555L LL44444RL
/                                                                22RRRRRR2 555555555
home/                                                            LL222222L LL555555L
home/ladder/                                                     LL555555L LLRRRRRRL
inbox/                                                           LL222222L LL555555L
inbox/read/                                                      LL555555L LLUUUUUUL
inbox/channels/                                                  LL555555L LLRRRRRRL
inbox/<int:notification_id>/mark/                                LL555555L LL444444L
search/                                                          LL222222L LL555555L
switch/                                                          LL222222L LL555555L
help/                                                            LL222222L LL555555L
help/connection/                                                 LL222222L LLRRRRRRL
bookmarks/                                                       LL222222L LL555555L
channels/                                                        LL222222L LL555555L
channels/<slug:slug>/@closed                                     LL424444L LL555555L
channels/<slug:slug>/@open                                       LL222222L LL555555L
channels/<slug:slug>/@announcement                               LL222222L LL555555L
channels/<slug:slug>/posts/@closed                               LL555555L LL4R4444L
channels/<slug:slug>/posts/@open                                 LL555555L LL3R3333L
channels/<slug:slug>/posts/@announcement                         LL555555L LL33R3RRL
channels/<slug:slug>/membership/@closed                          LL555555L LL434444L
channels/<slug:slug>/membership/@open                            LL555555L LLRRRRRRL
channels/<slug:slug>/read/@closed                                LL555555L LL4R4444L
channels/<slug:slug>/read/@open                                  LL555555L LL3R3333L
channels/<slug:slug>/questions/@closed                           LL424444L LL555555L
channels/<slug:slug>/questions/@open                             LL222222L LL555555L
mentions/                                                        LL444444L LL555555L
attachments/                                                     LL555555L LLUUUUUUL
attachments/<uuid:key>/removal/                                  LL555555L LL444444L
attachments/<uuid:key>/thumbnail                                 LL424444L LL555555L
attachments/<uuid:key>/<str:name>                                LL424444L LL555555L
drafts/                                                          LL222222L LL555555L
drafts/<slug:slug>/@closed                                       LL555555L LL4R4444L
drafts/<slug:slug>/@open                                         LL555555L LLRRRRRRL
drafts/<int:draft_id>/removal/                                   LL555555L LL444444L
scheduled-posts/                                                 LL222222L LL555555L
scheduled-posts/<int:scheduled_id>/                              LL444444L LL444444L
scheduled-posts/<int:scheduled_id>/cancellation/                 LL555555L LL444444L
scheduled-posts/<int:scheduled_id>/publication/                  LL555555L LL444444L
channels/<slug:slug>/preview/@closed                             LL555555L LL424444L
channels/<slug:slug>/preview/@open                               LL555555L LL222222L
channels/<slug:slug>/scheduled-posts/@closed                     LL555555L LL4U4444L
channels/<slug:slug>/scheduled-posts/@open                       LL555555L LLUUUUUUL
channels/arrangement/                                            LL222222L LLUUUUUUL
channels/arrangement/places/                                     LL555555L LL444444L
channels/arrangement/<int:section_id>/                           LL555555L LL444444L
channels/groups/new/                                             LL222222L LLUUUUUUL
channels/entreaties/<int:entreaty_id>/                           LL555555L LL444444L
channels/proposals/                                              LL222222L LL555555L
channels/proposals/new/                                          LL222222L LLUUUUUUL
channels/proposals/<int:proposal_id>/support/                    LL555555L LLRRRRRRL
channels/<slug:slug>/settings/@closed                            LL424444L LL4U4444L
channels/<slug:slug>/settings/@open                              LL424444L LL4U4444L
channels/<slug:slug>/members/@closed                             LL424444L LL555555L
channels/<slug:slug>/members/@open                               LL222222L LL555555L
channels/<slug:slug>/members/<int:membership_id>/role/@closed    LL555555L LL434444L
channels/<slug:slug>/members/<int:membership_id>/role/@open      LL555555L LL33333RL
channels/<slug:slug>/guide/@closed                               LL424444L LL555555L
channels/<slug:slug>/guide/@open                                 LL222222L LL555555L
channels/<slug:slug>/guide/edit/@closed                          LL434444L LL434444L
channels/<slug:slug>/guide/edit/@open                            LL333332L LL33333RL
channels/<slug:slug>/pins/@closed                                LL424444L LL555555L
channels/<slug:slug>/pins/@open                                  LL222222L LL555555L
channels/<slug:slug>/description/@closed                         LL444444L LL444444L
channels/<slug:slug>/description/@open                           LL444444L LL444444L
channels/<slug:slug>/invitations/@closed                         LL444444L LL444444L
channels/<slug:slug>/invitations/@open                           LL444444L LL444444L
channels/<slug:slug>/entreaty/@closed                            LL444444L LL444444L
channels/<slug:slug>/entreaty/@open                              LL444444L LL444444L
directs/                                                         LL222222L LL444444L
posts/<int:post_id>/pin/@closed                                  LL555555L LL4R4444L
posts/<int:post_id>/pin/@open                                    LL555555L LL33333RL
organisations/<str:slug>/                                        LL222222L LL555555L
posts/<int:post_id>/@closed                                      LL4R4444L LL555555L
posts/<int:post_id>/@open                                        LLRRRRRRL LL555555L
posts/<int:post_id>/thread/@closed                               LL424444L LL555555L
posts/<int:post_id>/thread/@open                                 LL222222L LL555555L
posts/<int:post_id>/replies/@closed                              LL555555L LL4R4444L
posts/<int:post_id>/replies/@open                                LL555555L LL3R3333L
posts/<int:post_id>/menu/@closed                                 LL424444L LL555555L
posts/<int:post_id>/menu/@open                                   LL222222L LL555555L
posts/<int:post_id>/edit/@closed                                 LL434444L LL434444L
posts/<int:post_id>/edit/@open                                   LL333333L LL333333L
posts/<int:post_id>/removal/@closed                              LL434444L LL434444L
posts/<int:post_id>/removal/@open                                LL333332L LL33333RL
posts/<int:post_id>/revisions/@closed                            LL424444L LL555555L
posts/<int:post_id>/revisions/@open                              LL222222L LL555555L
posts/<int:post_id>/question/@closed                             LL555555L LL4U4444L
posts/<int:post_id>/question/@open                               LL555555L LLUUUUUUL
posts/<int:post_id>/following/@closed                            LL555555L LL4U4444L
posts/<int:post_id>/following/@open                              LL555555L LLUUUUUUL
posts/<int:post_id>/bookmark/@closed                             LL555555L LL4U4444L
posts/<int:post_id>/bookmark/@open                               LL555555L LLUUUUUUL
posts/<int:post_id>/seen/@closed                                 LL555555L LL4R4444L
posts/<int:post_id>/seen/@open                                   LL555555L LLRRRRRRL
posts/<int:post_id>/unread/@closed                               LL555555L LL4R4444L
posts/<int:post_id>/unread/@open                                 LL555555L LL3R3333L
posts/<int:post_id>/reactions/@closed                            LL424444L LL555555L
posts/<int:post_id>/reactions/@open                              LL222222L LL555555L
posts/<int:post_id>/reactions/members/@closed                    LL424444L LL555555L
posts/<int:post_id>/reactions/members/@open                      LL222222L LL555555L
posts/<int:post_id>/reactions/chigau/reason/@closed              LL424444L LL4R4444L
posts/<int:post_id>/reactions/chigau/reason/@open                LL222222L LLRRRRRRL
posts/<int:post_id>/reactions/<slug:stamp>/@closed               LL555555L LL4R4444L
posts/<int:post_id>/reactions/<slug:stamp>/@open                 LL555555L LLRRRRRRL
posts/<int:post_id>/reactions/<slug:stamp>/members/@closed       LL424444L LL555555L
posts/<int:post_id>/reactions/<slug:stamp>/members/@open         LL222222L LL555555L
stamps/<slug:digest>.png                                         LL222222L LL555555L
"""
ROWS = {row.split()[0]: row.split()[1:] for row in TABLE.strip().splitlines()}


def sign_of(answer):
    if answer.status_code in (302, 303):
        return "L" if answer.url.startswith("/accounts/login/") else "R"
    return SIGNS[answer.status_code]


def cases():
    """Every pattern; one about a channel twice or more: in a closed, an open and an announcement channel."""
    for route in routes():
        if "<slug:slug>" in route or "<int:post_id>" in route:
            yield from ((route, "@closed"), (route, "@open"))
        else:
            yield route, ""
        if route in IN_NEWS:
            yield route, "@announcement"


def name_of(route, variant):
    return f"{route or '/'}{variant}"


def signs(stage, route, variant, method):
    address = stage.address(route, variant)
    return "".join(sign_of(stage.answer(role, method, address)) for role in COLUMNS)


def test_every_pattern_has_a_row_and_no_row_is_left_over():
    assert sorted(name_of(*case) for case in cases()) == sorted(ROWS)


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_cell(method):
    stage, column = Stage(), ("get", "post").index(method)
    found = {name_of(*case): signs(stage, *case, method) for case in cases()}
    assert found == {name: row[column] for name, row in ROWS.items()}


def reached(name, roles):
    """The cells in which one of the roles is shown something, does something or could with better input."""
    cells = [(role, sign) for row in ROWS[name] for role, sign in zip(COLUMNS, row, strict=True)]
    return [role for role, sign in cells if role in roles and sign in "2RU"]


MEMBERS = {"member", "channel member", "agency", "ambassador"}
OUTSIDE = {"visitor", "suspended"}
PUBLIC = {
    *("/", "healthz", "readyz", "mail/", "manifest.webmanifest"),
    *(f"accounts/{page}/" for page in ("login", "logout", "inactive")),
    *(f"accounts/password/reset/{page}" for page in ("", "confirm/", "complete/", "done/")),
}


def test_the_desk_is_reached_by_nobody_else():
    desk = [name for name in ROWS if name.startswith("secretariat/")]
    assert {name: found for name in desk if (found := reached(name, MEMBERS | OUTSIDE | {"applicant"}))} == {}


def test_approvers_reach_nothing_of_the_desk_but_registrations():
    desk = [name for name in ROWS if name.startswith("secretariat/")]
    ours = {name for name in desk if reached(name, {"approver"})}
    assert all(name.startswith("secretariat/registrations/") for name in ours)


def test_a_closed_channel_is_reached_by_its_members_alone():
    others = set(COLUMNS) - {"channel member"}
    assert [name for name in ROWS if name.endswith("@closed") and reached(name, others)] == []


def test_outside_only_the_doors_are_open():
    doors = {name for name in ROWS if reached(name, OUTSIDE)}
    assert {name for name in doors - PUBLIC if not name.startswith("accounts/signup/")} == set()


def test_suspended_members_are_visitors():
    visitors, suspended = COLUMNS.index("visitor"), COLUMNS.index("suspended")
    assert [name for name, rows in ROWS.items() if any(row[visitors] != row[suspended] for row in rows)] == []


def test_no_cell_is_an_error_of_ours():
    assert {sign for rows in ROWS.values() for row in rows for sign in row} <= set(SIGNS.values()) | {
        "L",
        "R",
    }
