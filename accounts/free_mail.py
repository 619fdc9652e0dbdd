"""Mail domains anyone can have an address at: an address there says nothing about where somebody works.

Internet providers (ocn.ne.jp, biglobe.ne.jp …) are left out on purpose: small villages do use them for
work, so a person decides about those.
"""

WEB_MAIL = """
gmail.com googlemail.com yahoo.co.jp ymail.ne.jp yahoo.ne.jp yahoo.com ymail.com rocketmail.com
outlook.com outlook.jp hotmail.com hotmail.co.jp live.jp live.com msn.com icloud.com me.com mac.com
aol.com aol.jp goo.jp mail.goo.ne.jp excite.co.jp infoseek.jp livedoor.com inter7.jp
proton.me protonmail.com pm.me tutanota.com tuta.io zoho.com zohomail.com gmx.com gmx.net gmx.de mail.com
fastmail.com hey.com hushmail.com mail.ru yandex.com yandex.ru qq.com foxmail.com 163.com 126.com sina.com
naver.com daum.net hanmail.net
"""
CARRIER_MAIL = """
docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp vodafone.ne.jp disney.ne.jp ymobile.ne.jp
y-mobile.ne.jp emnet.ne.jp emobile.ne.jp willcom.com pdx.ne.jp wcm.ne.jp uqmobile.jp rakumail.jp
rakuten.jp mineo.jp
"""
DISPOSABLE_MAIL = """
mailinator.com guerrillamail.com guerrillamail.info sharklasers.com 10minutemail.com temp-mail.org
tempmail.com yopmail.com trashmail.com getnada.com dispostable.com maildrop.cc mintemail.com throwawaymail.com
sute.jp kuku.lu instaddr.com moakt.com mail.tm
"""
FREE_MAIL_DOMAINS = frozenset(f"{WEB_MAIL}{CARRIER_MAIL}{DISPOSABLE_MAIL}".split())


def is_free_mail(host: str) -> bool:
    """Whether a normalised host is a free-mail domain or lies inside one (`mail.gmail.com`)."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in FREE_MAIL_DOMAINS for start in range(len(labels)))
