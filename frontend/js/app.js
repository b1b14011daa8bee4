// The merchant's pages: every form and link works without this file; it makes them quicker to use.
import { startCharts } from "./islands.js";
import { startCopying } from "./copy.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startMenus } from "./menus.js";
import { startParts } from "./parts.js";
import { startPalette } from "./palette.js";
import { startTheme } from "./theme.js";
import { startToasts } from "./toasts.js";

startTheme();
startMenus();
startParts();
startCopying();
startForms();
startToasts();
startKeys(startPalette());
startCharts();
