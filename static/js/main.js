/* Every behaviour in one place; each works alone and the page works without any. Fields are saved before a form counts as sent. */
import "./list.js";
import "./toast.js";
import "./copy.js";
import "./autosave.js";
import "./confirm.js";
import "./grid.js";
import "./paste.js";
import "./queue.js";
