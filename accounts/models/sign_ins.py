"""Sign-ins: when and from where an account was used."""

from ipaddress import ip_network

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format

KNOWN_BITS = {4: 16, 6: 32}  # of an address: enough to recognise one's own network, no more


class SignIn(models.Model):
    """One log-in. Shown to the member at the next one (統一基準群: the previous log-in is displayed)."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="sign_ins")
    at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField("接続元", null=True, blank=True)
    browser = models.CharField("ブラウザー", max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["member", "-at"], name="sign_in_by_member")]

    def __str__(self) -> str:
        return f"{self.member_id} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def place(self) -> str:
        """The beginning of the network address, such as 203.0.x.x; 不明 without one."""
        if not self.address:
            return "不明"
        network = ip_network(self.address).supernet(new_prefix=KNOWN_BITS[ip_network(self.address).version])
        start = str(network.network_address)
        if network.version == 4:
            return ".".join([*start.split(".")[:2], "x", "x"])
        return f"{start.rstrip(':') or ':'}:…"

    @property
    def sentence(self) -> str:
        """11月20日（金）9:12、Chrome（Windows）、接続元 203.0.x.x."""
        at = date_format(timezone.localtime(self.at), "n月j日（D）G:i")
        return f"{at}、{self.browser}、接続元 {self.place}"
