// The headings between days, in Japan's time whatever the terminal's clock zone.
import { inTimeZoneOfJapan, make } from "./page.js";

const key = inTimeZoneOfJapan({ year: "numeric", month: "2-digit", day: "2-digit" });
const weekday = inTimeZoneOfJapan({ weekday: "short" });
// 2026年 or 令和8年, as the reader likes it: the server says which in the page's body.
const inEra = new Intl.DateTimeFormat("ja-JP-u-ca-japanese", { timeZone: "Asia/Tokyo", era: "long", year: "numeric" });

const timeOf = (article) => new Date(1000 * parseFloat(article.dataset.at));

export function dayOf(article) {
  return key.format(timeOf(article)).replaceAll("/", "-");
}

function heading(article) {
  const [western, month, day] = dayOf(article).split("-").map(Number);
  const year = document.body.dataset.years === "wareki" ? inEra.format(timeOf(article)) : `${western}年`;
  const text = `${year}${month}月${day}日（${weekday.format(timeOf(article))}）`;
  return make("h2", { class: "ky-day" }, make("time", { datetime: dayOf(article) }, text));
}

function neighbour(article, step) {
  let node = article[step];
  let separator = null;
  while (node && !node.matches("article[data-post]")) {
    if (node.matches(".ky-day")) separator = node;
    node = node[step];
  }
  return { article: node, separator };
}

export function separate(article) {
  const before = neighbour(article, "previousElementSibling");
  const after = neighbour(article, "nextElementSibling");
  const opensDay = !before.article || dayOf(before.article) !== dayOf(article);
  if (opensDay && !before.separator) article.before(heading(article));
  if (opensDay && after.article && after.separator && dayOf(after.article) === dayOf(article)) {
    after.separator.remove();
  }
}
