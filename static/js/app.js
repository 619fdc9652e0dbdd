// Switches the behaviours on. Each works by itself; a page without what it looks for costs nothing.
import { watchAnnouncer } from "./announcer.js";
import { watchComposers } from "./composer.js";
import { watchConnection } from "./connection.js";
import { watchDrafts } from "./drafts.js";
import { watchGone } from "./gone.js";
import { watchKeys } from "./keys.js";
import { startLive } from "./live/start.js";
import { watchOnDemand } from "./on-demand.js";
import { signedIn } from "./page.js";
import { watchPops } from "./pop.js";
import { watchBuild } from "./renew.js";
import { openAtPlace, watchScroll } from "./scroll.js";
import { watchSending } from "./sending.js";
import { watchSidebar } from "./sidebar.js";
import { watchStamps } from "./stamps.js";
import { watchTools } from "./tools.js";
import { watchTurning } from "./turning.js";
import { watchTyping } from "./typing.js";
import { watchUnread } from "./unread.js";
import { learnFromPage, markAll } from "./viewer-marks.js";

if (signedIn()) {
  learnFromPage();
  markAll();
  openAtPlace();
  for (const watch of [watchAnnouncer, watchConnection, watchScroll, watchUnread]) watch();
  for (const watch of [watchSidebar, watchGone, watchBuild]) watch();
  for (const watch of [watchOnDemand, watchPops, watchStamps, watchTurning]) watch();
  watchComposers();
  for (const watch of [watchTools, watchDrafts, watchTyping]) watch();
  watchKeys();
  watchSending();
  startLive();
  // Tests and people with a console can see that the page is awake.
  document.body.dataset.awake = "";
}
