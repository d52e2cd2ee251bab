// The review app: a transcript beside the draft of its note, which is edited, flagged and signed.
//
// `mount(root, transport)` draws it into an element and returns what takes it away again;
// `transport.send(message)` promises an answer. The default export is the same for anywidget.
// Offsets in messages count code points of the text that the server holds; a textarea counts
// UTF-16 units and knows only "\n" as a line end. Text gets into the page as text nodes alone.

const SEND_MS = 1000; // an event waits no longer than this before it is sent
const LATE_MS = 2500; // after this it is told that nothing has been saved yet
const RETRY_MS = [1000, 2000, 4000, 8000];
const ANSWER_MS = 10000;
const BURST_MS = 1000; // a pause that ends a burst of keys or clicks
const SCROLL_MS = 500;
const TYPING_MS = 1500; // typing with shorter pauses is undone in one step
const BATCH = 200; // events at once, and
const BATCH_UNITS = 500000; // UTF-16 units at once; a single event may have more
const LEAVING_UNITS = 20000; // what a browser still sends for a page that goes away
const CONTENT = ["edit", "flag", "unflag", "sign", "reopen", "tlx"];
const HANDOVER_MS = 60; // what another view of this note has to put its last events by

const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"];

const SCALES = [
  ["mental", "Mental demand", "How much thinking, deciding and checking did it take?"],
  ["physical", "Physical demand", "How much typing, clicking and scrolling did it take?"],
  ["temporal", "Temporal demand", "How hurried did you feel?"],
  ["performance", "Performance", "How well did you do what you set out to do?"],
  ["effort", "Effort", "How hard did you have to work to do that well?"],
  ["frustration", "Frustration", "How annoyed, discouraged or stressed were you?"],
];

const SHORTCUTS = [
  [["Ctrl", "F"], ["/"], "Search; what is selected in the note is searched for"],
  [["Enter"], ["Shift", "Enter"], "In the search field: next, previous hit; Esc leaves it"],
  [["Ctrl", "Shift", "F"], null, "Flag the selected passage, or the sentence at the cursor"],
  [["Ctrl", "Z"], null, "Undo, over the whole note"],
  [["Ctrl", "Shift", "Z"], null, "Redo"],
  [["Ctrl", "Enter"], null, "Sign the note, or open the next one once it is signed"],
  [["F6"], null, "Go from the note to the transcript and back"],
  [["Ctrl", "S"], null, "Save now (it is saved every second anyway)"],
  [["?"], null, "This list, outside of text fields"],
];

// ---------------------------------------------------------------------------------------- text

const plain = (text) => text.replace(/\r\n?/g, "\n"); // what a textarea makes of a text
const points = (text) => Array.from(text).length;

function toPoints(text, units) {
  let seen = 0;
  let count = 0;
  for (let i = 0; i < text.length && seen < units; count += 1) {
    const char = String.fromCodePoint(text.codePointAt(i));
    if (char !== "\r" || text[i + 1] !== "\n") seen += char.length;
    i += char.length;
  }
  return count;
}

function toUnits(text, count) {
  return plain(Array.from(text).slice(0, count).join("")).length;
}

function splice(text, { start, end, text: insert }) {
  const chars = Array.from(text);
  return chars.slice(0, start).join("") + insert + chars.slice(end).join("");
}

const isLow = (text, i) => text.charCodeAt(i) >= 0xdc00 && text.charCodeAt(i) <= 0xdfff;
const isHigh = (text, i) => text.charCodeAt(i) >= 0xd800 && text.charCodeAt(i) <= 0xdbff;

// The smallest replacement that turns one text into the other: [start, end) of the first becomes
// `text`. Of several alike, the one that ends at the caret; a surrogate pair is never split.
function difference(before, after, caret = after.length) {
  const shorter = Math.min(before.length, after.length);
  const within = (limit) => {
    let tail = 0;
    while (tail < limit && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
    if (tail && isLow(after, after.length - tail)) tail -= 1;
    let head = 0;
    while (head < shorter - tail && before[head] === after[head]) head += 1;
    if (head && isHigh(after, head - 1)) head -= 1;
    return { start: head, end: before.length - tail, text: after.slice(head, after.length - tail) };
  };
  const size = (change) => change.end - change.start + change.text.length;
  const atCaret = within(Math.min(shorter, after.length - caret));
  const anywhere = within(shorter);
  return size(anywhere) < size(atCaret) ? anywhere : atCaret;
}

function shifted(flag, { start, end, text }) {
  const added = points(text);
  const place = (at, inside) => {
    if (at <= start) return at;
    return at >= end ? at + added - (end - start) : inside;
  };
  return { ...flag, start: place(flag.start, start), end: place(flag.end, start + added) };
}

// Two changes as one, where the second goes on with the first: typing, or deleting either way.
function joined(first, second) {
  const typed = first.start + points(first.text);
  if (second.start === second.end && second.start === typed && !/\s$/.test(first.text)) {
    return { ...first, text: first.text + second.text };
  }
  if (first.text || second.text) return null;
  if (second.end === first.start) {
    return { ...first, start: second.start, old: second.old + first.old };
  }
  if (second.start === first.start) return { ...first, old: first.old + second.old };
  return null;
}

function sentenceAt(text, caret) {
  for (const match of text.matchAll(/[^.!?\n]+[.!?]*|[.!?]+/g)) {
    const end = match.index + match[0].length;
    if (caret > end || !match[0].trim()) continue;
    return [match.index + match[0].search(/\S/), match.index + match[0].trimEnd().length];
  }
  return null;
}

// ----------------------------------------------------------------------------------------- page

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const button = (label, onclick, attributes = {}) =>
  h("button", { type: "button", onclick, ...attributes }, label);

function randomId() {
  // crypto.randomUUID is missing where JupyterLab is served over plain http from another machine
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const counted = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

// --------------------------------------------------------------------------------------- events

// Lists in localStorage, one for each task, all under one prefix.
class Shelf {
  constructor(prefix) {
    this.prefix = prefix;
    this.works = true;
  }

  tasks() {
    try {
      const keys = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i));
      const ours = keys.filter((key) => key.startsWith(this.prefix)).sort();
      return ours.map((key) => key.slice(this.prefix.length));
    } catch {
      return [];
    }
  }

  read(task) {
    try {
      const list = JSON.parse(localStorage.getItem(this.prefix + task) ?? "[]");
      return Array.isArray(list) ? list : [];
    } catch {
      return [];
    }
  }

  write(task, list) {
    try {
      if (list.length) localStorage.setItem(this.prefix + task, JSON.stringify(list));
      else localStorage.removeItem(this.prefix + task);
      this.works = true;
    } catch {
      this.works = false;
    }
  }
}

// Events that no answer has confirmed yet. They stand in localStorage until one does; what the
// server refuses stands there, too, until the reviewer has seen it.
class Outbox {
  constructor(transport, { changed, refused }) {
    this.transport = transport;
    this.changed = changed;
    this.refused = refused;
    this.waiting = [];
    this.trouble = "";
    this.failures = 0;
  }

  // Take over what earlier visits left behind.
  adopt(whose) {
    this.shelf = new Shelf(`evalkit.review/${whose}/`);
    this.lost = new Shelf(`evalkit.review.refused/${whose}/`);
    const known = new Set(this.waiting.map((event) => event.event_id));
    for (const task of this.shelf.tasks()) {
      this.waiting.push(...this.shelf.read(task).filter((event) => !known.has(event.event_id)));
    }
  }

  add(event, atOnce) {
    this.waiting.push(event);
    this.#keep(event.task_id);
    if (atOnce) this.flush();
    else this.#later(SEND_MS);
    this.changed();
  }

  // Beside what another view of the task may have there.
  #keep(task) {
    const there = this.shelf.read(task);
    const known = new Set(there.map((event) => event.event_id));
    const lacking = (event) => event.task_id === task && !known.has(event.event_id);
    this.shelf.write(task, [...there, ...this.waiting.filter(lacking)]);
  }

  #later(ms) {
    if (this.timer || this.stopped) return;
    this.timer = setTimeout(() => this.flush(), ms);
  }

  // Promises whether all has been settled.
  flush() {
    clearTimeout(this.timer);
    this.timer = null;
    this.running ??= this.#drain().finally(() => {
      this.running = null;
      this.changed();
    });
    return this.running;
  }

  async #drain() {
    while (this.waiting.length) {
      const events = this.#upTo(BATCH_UNITS);
      const answer = await this.transport
        .send({ type: "events", events })
        .catch((error) => ({ type: "error", message: error.message }));
      if (!this.#settle(events, answer)) {
        this.trouble = answer.message ?? "the answer does not say that anything was saved";
        this.#later(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]);
        this.failures += 1;
        return false;
      }
      this.failures = 0;
      this.trouble = "";
      this.changed();
    }
    return true;
  }

  #upTo(units) {
    let sum = 0;
    const fits = (event, i) => i < BATCH && (sum += JSON.stringify(event).length) < units;
    const end = this.waiting.findIndex((event, i) => !fits(event, i));
    return this.waiting.slice(0, end < 0 ? this.waiting.length : Math.max(end, 1));
  }

  // Whether the answer says of any of these events what became of it.
  #settle(events, answer) {
    if (answer.type !== "saved") return false;
    const whys = new Map((answer.refused ?? []).map((one) => [one.event_id, one.why]));
    const settled = new Set([...answer.saved, ...whys.keys()]);
    const open = (event) => !settled.has(event.event_id);
    const closed = events.filter((event) => !open(event));
    for (const event of closed) {
      if (!whys.has(event.event_id) || !CONTENT.includes(event.kind)) continue;
      const why = whys.get(event.event_id);
      this.lost.write(event.task_id, [...this.lost.read(event.task_id), { why, event }]);
      this.refused(event.task_id);
    }
    this.waiting = this.waiting.filter(open);
    for (const task of new Set(closed.map((event) => event.task_id))) {
      this.shelf.write(task, this.shelf.read(task).filter(open));
    }
    return closed.length > 0;
  }

  // The page goes away: what is left is sent, as far as a browser still sends it.
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    const events = this.#upTo(LEAVING_UNITS);
    if (!events.length) return;
    this.transport
      .send({ type: "events", events }, true)
      .then((answer) => this.#settle(events, answer))
      .catch(() => {});
  }
}

// Puts the time on events and gathers keys and clicks to bursts.
class Recorder {
  constructor(outbox) {
    this.outbox = outbox;
    this.visit = randomId();
    this.began = performance.now();
    this.seq = 0;
    this.last = 0;
    this.bursts = {};
  }

  now() {
    return Math.round(performance.now() - this.began);
  }

  put(kind, data = {}, { at = null, atOnce = false } = {}) {
    if (!this.task) return;
    if (kind !== "edit" && at === null) this.endBursts();
    const now = this.now();
    const time = Math.max(this.last, at ?? now);
    this.last = time;
    const event = {
      event_id: randomId(),
      visit: this.visit,
      seq: this.seq,
      at_ms: Date.now() - (now - time),
      t_ms: time,
      task_id: this.task,
      reviewer: this.reviewer,
      kind,
      data,
    };
    this.seq += 1;
    this.outbox.add(event, atOnce);
  }

  burst(kind, section) {
    const open = this.bursts[kind];
    if (open && open.section !== section) this.#end(kind);
    const now = this.now();
    const burst = (this.bursts[kind] ??= { count: 0, first: now, section });
    burst.count += 1;
    burst.last = now;
    clearTimeout(burst.timer);
    burst.timer = setTimeout(() => this.#end(kind), BURST_MS);
  }

  #end(kind) {
    const burst = this.bursts[kind];
    if (!burst) return;
    delete this.bursts[kind];
    clearTimeout(burst.timer);
    const ms = burst.last - burst.first;
    const keys = kind === "keys" ? { ms, section: burst.section } : {};
    this.put(kind, { count: burst.count, ...keys }, { at: burst.last });
  }

  endBursts() {
    this.#end("keys");
    this.#end("pointer");
  }
}

// ------------------------------------------------------------------------------------ transcript

class Search {
  constructor(app) {
    this.app = app;
    this.hits = [];
    this.at = -1;
    this.field = h("input", {
      type: "search",
      placeholder: "Search",
      "aria-label": "Search what is shown here",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.run(),
      onkeydown: (event) => this.#key(event),
    });
    this.count = h("span", { class: "ekr-count" });
    const go = (step) => () => this.go(step);
    this.back = button("↑", go(-1), { "aria-label": "Previous hit", disabled: true });
    this.on = button("↓", go(1), { "aria-label": "Next hit", disabled: true });
    this.bar = h("div", { class: "ekr-search", role: "search" });
    this.bar.append(this.field, this.count, this.back, this.on);
  }

  #key(event) {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.field.value = "";
      this.run();
      this.app.focusNote();
    }
  }

  focus(wanted = "") {
    if (wanted) this.field.value = wanted;
    this.field.focus();
    this.field.select();
    if (wanted) this.run();
  }

  // Mark all hits in the panel that is shown.
  run() {
    const wanted = this.field.value.trim();
    const escaped = wanted.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&");
    const pattern = escaped.replace(/\s+/g, "\\s+").replace(/['‘’]/g, "['‘’]");
    this.hits = [];
    for (const node of this.marked ?? []) node.replaceChildren(node.textContent);
    this.marked = [];
    for (const node of wanted ? this.app.panel().querySelectorAll(".ekr-said") : []) {
      this.#mark(node, new RegExp(pattern, "giu"));
    }
    const top = this.app.panel().scrollTop;
    this.at = this.hits.findIndex((hit) => this.app.topOf(hit) >= top) - 1;
    this.back.disabled = this.on.disabled = !this.hits.length;
    if (this.hits.length) this.go(1);
    else this.count.textContent = wanted ? "No hit" : "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#told(), 700);
  }

  #mark(node, pattern) {
    const text = node.textContent;
    const parts = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      const hit = h("mark", {}, match[0]);
      parts.push(text.slice(done, match.index), hit);
      this.hits.push(hit);
      done = match.index + match[0].length;
    }
    if (!parts.length) return;
    node.replaceChildren(...parts, text.slice(done));
    this.marked.push(node);
  }

  #told() {
    const length = points(this.field.value.trim());
    if (!length) return;
    this.app.recorder.put("search", { length, hits: this.hits.length });
    this.app.say(this.hits.length ? counted(this.hits.length, "hit") : "No hit");
  }

  go(step) {
    if (!this.hits.length) return;
    this.hits[this.at]?.classList.remove("ekr-now");
    this.at = (this.at + step + this.hits.length) % this.hits.length;
    const hit = this.hits[this.at];
    hit.classList.add("ekr-now");
    const panel = this.app.panel();
    const top = this.app.topOf(hit);
    const seen = top >= panel.scrollTop && top < panel.scrollTop + panel.clientHeight - 40;
    // not scrollIntoView, which would scroll the notebook around the app as well
    if (!seen) panel.scrollTop = top - panel.clientHeight / 3;
    this.count.textContent = `${this.at + 1} of ${this.hits.length}`;
  }
}

function transcript(turns) {
  return turns.map((turn) => {
    return h(
      "div",
      { class: "ekr-turn", "data-turn": turn.turn, "data-clinician": turn.speaker === "therapist" },
      h("span", { class: "ekr-when" }, turn.start_s === null ? "" : clock(turn.start_s)),
      h("span", { class: "ekr-who" }, turn.speaker),
      h("div", { class: "ekr-said" }, turn.text),
    );
  });
}

function facts(entries) {
  const rows = Object.entries(entries).filter(([, text]) => text.trim());
  const label = (name) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
  return h(
    "dl",
    { class: "ekr-facts" },
    rows.map(([name, text]) => [h("dt", {}, label(name)), h("dd", { class: "ekr-said" }, text)]),
  );
}

// ----------------------------------------------------------------------------------------- note

// One section of the note: its field, its flags, its original.
class Editor {
  constructor(app, section) {
    this.app = app;
    this.name = section.name;
    this.title = section.title;
    this.draft = section.draft;
    this.text = section.text;
    const id = `ekr-${app.recorder.visit}-${section.name}`;
    this.area = this.#newArea(id);
    this.area.value = this.text;
    this.back = h("div", { class: "ekr-back", "aria-hidden": "true" });
    this.original = this.#newOriginal(`${id}-original`);
    this.toggle = button("Original", () => this.showOriginal(this.original.hidden), {
      class: "ekr-plain",
      "aria-expanded": "false",
      "aria-controls": this.original.id,
      "aria-label": `Original of ${section.title}`,
    });
    this.list = h("ul", { class: "ekr-flags", "aria-label": `Flags in ${section.title}` });
    this.node = h(
      "section",
      { class: "ekr-section", "aria-label": section.title },
      h("header", {}, h("h3", {}, h("label", { for: id }, section.title)), this.toggle),
      h("div", { class: "ekr-field" }, this.back, this.area),
      this.list,
      this.original,
    );
  }

  #newArea(id) {
    return h("textarea", {
      id,
      // a browser's spelling and writing aids may send what is typed to another host
      spellcheck: "false",
      autocomplete: "off",
      autocorrect: "off",
      "data-gramm": "false",
      "data-enable-grammarly": "false",
      oninput: (event) => event.isComposing || this.sync(),
      oncompositionend: () => this.sync(),
      onblur: () => this.sync(),
      onfocus: () => (this.app.editor = this),
      onbeforeinput: (event) => {
        if (!event.inputType.startsWith("history")) return;
        event.preventDefault();
        this.app.undo(event.inputType === "historyRedo");
      },
    });
  }

  #newOriginal(id) {
    this.restore = button("Put back", () => this.#putBack(), {
      class: "ekr-plain",
      "aria-label": `Put back the original of ${this.title}`,
    });
    return h(
      "div",
      { class: "ekr-original", id, hidden: true },
      h("header", {}, h("span", {}, "As it was drafted"), this.restore),
      h("p", {}, this.draft || "(empty)"),
    );
  }

  showOriginal(shown) {
    this.original.hidden = !shown;
    this.toggle.setAttribute("aria-expanded", String(shown));
  }

  #putBack() {
    this.sync();
    const now = plain(this.text);
    const before = plain(this.draft);
    if (now === before) return;
    const change = this.#inPoints(difference(now, before));
    this.app.change(this, change);
    this.show(change);
  }

  #inPoints({ start, end, text }) {
    return { start: toPoints(this.text, start), end: toPoints(this.text, end), text };
  }

  // What the field holds against what was last known of it: whatever the hand, the paste, the
  // input method or the drop did, the difference is one change.
  sync() {
    const typed = this.area.value.toWellFormed?.() ?? this.area.value;
    const known = plain(this.text);
    if (typed === known) return;
    this.app.change(this, this.#inPoints(difference(known, typed, this.area.selectionEnd)));
  }

  // The text is as given now; the field follows it where it differs.
  set(text) {
    this.text = text;
    const value = plain(text);
    if (this.area.value !== value) this.area.value = value;
  }

  show(change) {
    const caret = toUnits(this.text, change.start + points(change.text));
    this.area.focus();
    this.area.setSelectionRange(caret, caret);
    this.app.reveal(this.node);
  }

  selection() {
    const { selectionStart: start, selectionEnd: end, value } = this.area;
    const picked = value.slice(start, end);
    if (!picked.trim()) return sentenceAt(value, start);
    return [start + picked.search(/\S/), start + picked.trimEnd().length];
  }

  select(flag) {
    this.area.focus();
    this.area.setSelectionRange(toUnits(this.text, flag.start), toUnits(this.text, flag.end));
    this.app.reveal(this.node);
  }

  paint(flags, locked) {
    this.area.readOnly = locked;
    this.restore.disabled = locked;
    this.#paintBack(flags);
    const rows = flags.map((flag) => this.#row(flag, locked));
    this.list.replaceChildren(...rows);
    this.list.hidden = !rows.length;
  }

  #paintBack(flags) {
    const text = plain(this.text);
    const spans = flags.map((flag) => ({
      severity: flag.severity,
      start: toUnits(this.text, flag.start),
      end: toUnits(this.text, flag.end),
    }));
    const cuts = new Set([0, text.length, ...spans.flatMap((span) => [span.start, span.end])]);
    const places = Array.from(cuts).sort((a, b) => a - b);
    const pieces = places.slice(0, -1).map((start, i) => {
      const piece = text.slice(start, places[i + 1]);
      const over = spans.filter((span) => span.start <= start && places[i + 1] <= span.end);
      if (!over.length) return piece;
      const major = over.some((span) => span.severity === "major");
      return h("mark", { "data-severity": major ? "major" : "minor" }, piece);
    });
    this.back.replaceChildren(...pieces, "\u200b"); // gives a last empty line its height
  }

  #row(flag, locked) {
    const kind = this.app.category(flag.category);
    const gone = flag.start === flag.end ? ", since deleted" : "";
    const note = flag.note ? `: ${flag.note}` : "";
    const quote = button("", () => this.select(flag), { class: "ekr-quote" });
    quote.append(
      h("span", {}, `“${flag.quote}”`),
      h("span", { class: "ekr-kind" }, `${kind}, ${flag.severity}${gone}${note}`),
    );
    const remove = button("Remove", () => this.app.unflag(flag), {
      class: "ekr-plain",
      "aria-label": `Remove the flag on: ${flag.quote}`,
      hidden: locked,
    });
    return h("li", { "data-severity": flag.severity }, quote, remove);
  }
}

// -------------------------------------------------------------------------------------- dialogs

// A modal dialog in the app. Its focus goes back to where it was when it closes.
function dialog(app, title, ...children) {
  const id = `ekr-${randomId()}`;
  const node = h("dialog", { "aria-labelledby": id }, h("h2", { id }, title), children);
  node.addEventListener("close", () => node.remove());
  app.root.append(node);
  node.showModal();
  return node;
}

const actions = (...buttons) => h("div", { class: "ekr-actions" }, buttons);

function choices(name, legend, options) {
  const radio = ({ name: value, title }) =>
    h("label", {}, h("input", { type: "radio", name, value }), h("span", {}, title));
  return h(
    "fieldset",
    {},
    h("legend", {}, legend),
    h("div", { class: "ekr-choices" }, options.map(radio)),
  );
}

function askFlag(app, quote, done) {
  const severities = app.page.severities.map((name) => ({
    name,
    title: name[0].toUpperCase() + name.slice(1),
  }));
  const error = h("p", { class: "ekr-error", role: "alert" });
  const note = h("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const form = h(
    "form",
    { novalidate: true },
    h("p", { class: "ekr-picked" }, quote),
    choices("category", "What is wrong with it?", app.page.categories),
    choices("severity", "How bad is it?", severities),
    h("label", { class: "ekr-label" }, "Note (optional)", note),
    error,
    actions(
      button("Cancel", () => box.close()),
      h("button", { type: "submit", class: "ekr-main" }, "Flag passage"),
    ),
  );
  const box = dialog(app, "Flag this passage", form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    const missing = ["category", "severity"].find((name) => !chosen.get(name));
    if (missing) {
      error.textContent = missing === "category" ? "Choose what is wrong." : "Choose how bad.";
      form.querySelector(`[name=${missing}]`).focus();
      return;
    }
    box.close();
    const [category, severity] = [chosen.get("category"), chosen.get("severity")];
    done({ category, severity, note: note.value.trim() });
  });
  form.querySelector("[name=category]")?.focus();
}

function askSign(app, changed, flags, done) {
  const all = counted(app.page.sections.length, "section");
  const what = `You changed ${changed} of ${all} and flagged ${counted(flags, "passage")}.`;
  const yes = button("Sign note", () => (box.close(), done()), { class: "ekr-main" });
  const box = dialog(
    app,
    "Sign this note?",
    h("p", {}, what),
    h("p", {}, "A signed note is read-only. You can open it again."),
    actions(button("Keep reviewing", () => box.close()), yes),
  );
  yes.focus();
}

// One scale of the workload. It counts as answered once the slider was touched, so that the
// middle, where it stands at first, is not taken for an answer.
function slider([name, title, question]) {
  const id = `ekr-${randomId()}`;
  const said = h("output", { for: id }, "not answered");
  const answer = () => {
    range.setAttribute("data-answered", "");
    range.removeAttribute("aria-valuetext");
    said.textContent = range.value;
  };
  const range = h("input", {
    id,
    name,
    type: "range",
    min: 0,
    max: 100,
    step: 5,
    value: 50,
    "aria-valuetext": "not answered",
    "aria-describedby": `${id}-about ${id}-ends`,
    oninput: answer,
    onclick: answer,
    onkeydown: (event) => event.key === " " && (event.preventDefault(), answer()),
  });
  const ends = name === "performance" ? ["Perfect", "Failed"] : ["Very low", "Very high"];
  const [low, high] = ends.map((end) => h("span", {}, end));
  return h(
    "div",
    { class: "ekr-scale" },
    h("header", {}, h("label", { for: id }, title), said),
    h("p", { id: `${id}-about` }, question),
    h("div", { class: "ekr-range", id: `${id}-ends` }, low, range, high),
  );
}

function askWorkload(app, done) {
  const error = h("p", { class: "ekr-error", role: "alert" });
  const form = h(
    "form",
    { novalidate: true },
    h("p", {}, "Move each slider; the space bar takes it where it stands."),
    SCALES.map(slider),
    error,
    actions(
      button("Answer later", () => box.close()),
      h("button", { type: "submit", class: "ekr-main" }, "Send answers"),
    ),
  );
  const box = dialog(app, "How was reviewing this note?", form);
  const ranges = SCALES.map(([name]) => form.querySelector(`[name=${name}]`));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const open = ranges.filter((range) => !range.hasAttribute("data-answered"));
    if (open.length) {
      const titles = open.map((range) => range.labels[0].textContent);
      error.textContent = `Not answered yet: ${titles.join(", ")}.`;
      open[0].focus();
      return;
    }
    done(Object.fromEntries(ranges.map((range) => [range.name, Number(range.value)])));
    box.close();
  });
  box.addEventListener("close", () => app.afterSigning());
  ranges[0].focus();
}

function showTasks(app) {
  const row = (task) => {
    const here = task.task_id === app.page.task_id;
    const state = task.signed ? ["ekr-done", "Signed"] : ["ekr-todo", "To review"];
    const node = button("", () => (box.close(), here || app.show(task.number)), {
      "aria-current": here ? "true" : null,
    });
    const name = `Note ${task.number}${here ? " (on the screen)" : ""}`;
    node.append(h("span", {}, name), h("span", { class: state[0] }, state[1]));
    return h("li", {}, node);
  };
  const signed = app.page.tasks.filter((task) => task.signed).length;
  const box = dialog(
    app,
    "Notes",
    h("p", {}, `${signed} of ${app.page.tasks.length} signed.`),
    h("ol", { class: "ekr-tasks" }, app.page.tasks.map(row)),
    actions(button("Close", () => box.close())),
  );
  box.querySelector("[aria-current]")?.focus();
}

function showHelp(app) {
  const mac = navigator.platform.startsWith("Mac");
  const one = (keys) => keys.flatMap((key, i) => {
    const name = mac && key === "Ctrl" ? "⌘" : key;
    return [i ? " + " : "", h("kbd", {}, name)];
  });
  const rows = SHORTCUTS.map(([keys, others, meaning]) => [
    h("dt", {}, one(keys), others ? [" or ", ...one(others)] : null),
    h("dd", {}, meaning),
  ]);
  const box = dialog(
    app,
    "Keyboard shortcuts",
    h("dl", { class: "ekr-keys" }, rows),
    actions(button("Close", () => box.close(), { class: "ekr-main", autofocus: true })),
  );
}

// ------------------------------------------------------------------------------------------ app

class App {
  constructor(root, transport) {
    this.root = root;
    this.transport = transport;
    this.outbox = new Outbox(transport, {
      changed: () => this.saved(),
      refused: (task) => this.refused(task),
    });
    this.recorder = new Recorder(this.outbox);
    this.editors = [];
    this.away = new AbortController();
    this.looking = true;
  }

  start() {
    this.root.classList.add("ekr");
    this.root.setAttribute("translate", "no");
    this.root.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's, while in here
    const on = (target, kind, handler, options = {}) =>
      target.addEventListener(kind, handler, { signal: this.away.signal, ...options });
    on(this.root, "keydown", (event) => this.key(event));
    on(this.root, "keyup", (event) => event.stopPropagation());
    on(this.root, "pointerdown", () => this.recorder.burst("pointer", ""));
    on(this.root, "focusin", (event) => this.#focused("focus", event.target));
    on(this.root, "focusout", (event) => this.#focused("blur", event.target));
    on(document, "visibilitychange", () => this.#seen());
    on(window, "online", () => this.outbox.flush());
    on(window, "pagehide", () => this.stop());
    // a page that comes back out of the browser's memory has been stopped when it went away
    const revive = (event) => event.persisted && location.reload();
    if (this.transport.agent === "page") window.addEventListener("pageshow", revive);
    on(window, "beforeunload", (event) => {
      if (this.outbox.waiting.length && !this.outbox.shelf.works) event.preventDefault();
    });
    this.watch = new IntersectionObserver(([entry]) => this.#seen(entry.isIntersecting));
    this.watch.observe(this.root);
    return this.begin();
  }

  stop() {
    if (this.away.signal.aborted) return;
    for (const editor of this.editors) editor.sync();
    this.recorder.put("close");
    this.outbox.stop();
    this.away.abort();
    this.watch.disconnect();
    this.channel?.close();
  }

  // ---- getting a page

  async #ask(number) {
    const answer = await this.transport.send({ type: "page", number });
    if (answer.type !== "page") throw new Error(answer.message ?? "there is no page in the answer");
    return answer.page;
  }

  async begin() {
    this.root.setAttribute("aria-busy", "true");
    try {
      const page = await this.#ask(null);
      this.recorder.reviewer = page.reviewer;
      this.whose = `${page.folder_id}/${page.reviewer}`;
      this.#listen();
      const last = this.#lastShown();
      const back = page.tasks.find((task) => task.number === last && !task.signed);
      await this.#claim(back ?? page);
      this.outbox.adopt(this.whose);
      if (!(await this.outbox.flush())) throw new Error(this.outbox.trouble);
      this.draw(await this.#ask(back ? last : null));
    } catch (error) {
      this.#cannotBegin(error.message);
    } finally {
      this.root.removeAttribute("aria-busy");
    }
  }

  #cannotBegin(why) {
    if (this.away.signal.aborted) return;
    const left = counted(this.outbox.waiting.length, "event");
    const kept = `What an earlier visit left in this browser goes first (${left}). `;
    const text = `${this.outbox.waiting.length ? kept : ""}Reason: ${why}.`;
    clearTimeout(this.again);
    const again = () => (clearTimeout(this.again), this.begin());
    this.again = setTimeout(again, RETRY_MS.at(1));
    if (this.alone?.isConnected && this.alone.textContent === text) return; // told already
    this.alone = h("p", {}, text);
    this.root.replaceChildren(
      h(
        "div",
        { class: "ekr-alone", role: "alert" },
        h("h2", {}, "The note cannot be shown yet"),
        this.alone,
        button("Try again", again, { class: "ekr-main" }),
      ),
    );
  }

  // Only one view of a note may write; the one opened last does.
  #listen() {
    this.channel ??= new BroadcastChannel(`evalkit.review/${this.whose}`);
    this.channel.onmessage = ({ data }) => {
      if (data.task !== this.page?.task_id || data.visit === this.recorder.visit) return;
      for (const editor of this.editors) editor.sync();
      this.elsewhere = true;
      this.paint();
      this.outbox.flush();
    };
  }

  // Other views of the task stop writing, and leave in localStorage what they have not sent.
  #claim({ task_id: task }) {
    this.channel.postMessage({ task, visit: this.recorder.visit });
    return new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
  }

  #lastShown() {
    try {
      return Number(sessionStorage.getItem(`evalkit.review/${this.whose}`));
    } catch {
      return null;
    }
  }

  // Leave what is on the screen for another note, or ask for the same one again.
  async show(number) {
    for (const editor of this.editors) editor.sync();
    this.recorder.endBursts();
    if (!(await this.outbox.flush())) {
      this.say(`This note stays open, since it is not saved yet: ${this.outbox.trouble}`);
      return;
    }
    if (this.conflict && number !== this.page.number) {
      this.say("This note stays open, since some of its changes were refused.");
      return;
    }
    await this.#claim(this.page.tasks.find((one) => one.number === number));
    try {
      const page = await this.#ask(number);
      for (const editor of this.editors) editor.sync();
      this.recorder.put("close");
      this.draw(page);
    } catch (error) {
      this.say(`Note ${number} cannot be opened: ${error.message}`);
    }
  }

  next() {
    const { number, tasks } = this.page;
    const open = tasks.filter((task) => !task.signed && task.number !== number);
    const task = open.find((one) => one.number > number) ?? open[0];
    if (task) this.show(task.number);
    else this.say("There is no other note to review.");
  }

  // ---- drawing

  draw(page) {
    if (this.away.signal.aborted) return;
    this.page = page;
    this.flags = page.flags;
    this.signed = page.signed;
    this.elsewhere = this.conflict = false;
    this.done = [];
    this.undone = [];
    this.recorder.task = page.task_id;
    try {
      sessionStorage.setItem(`evalkit.review/${this.whose}`, page.number);
    } catch {
      // only where the reviewer was is forgotten
    }
    this.editors = page.sections.map((section) => new Editor(this, section));
    this.editor = this.editors[0];
    this.search = new Search(this);
    this.live = h("div", { class: "ekr-hidden", role: "status", "aria-live": "polite" });
    const body = h("div", { class: "ekr-body" }, this.#drawSource(), this.#drawNote());
    this.root.replaceChildren(...this.#drawHead(), body, this.#drawFoot(), this.live);
    this.recorder.put("open", { reviewer_agent: this.transport.agent });
    this.paint();
    this.saved();
  }

  #drawHead() {
    const { number, of, format } = this.page;
    const skip = (label, go) =>
      h("a", { class: "ekr-skip", href: "#", onclick: (e) => (e.preventDefault(), go()) }, label);
    const title = h("h2", { class: "ekr-title" }, `Note ${number} of ${of} `);
    title.append(h("span", {}, format.title));
    this.nextButton = button("Next note", () => this.next());
    return [
      skip("Skip to the note", () => this.focusNote()),
      skip("Skip to the transcript", () => this.panel().focus()),
      h(
        "header",
        { class: "ekr-head" },
        title,
        button("All notes", () => showTasks(this), { "aria-haspopup": "dialog" }),
        this.nextButton,
        button("Help", () => showHelp(this), { "aria-haspopup": "dialog" }),
      ),
    ];
  }

  #drawFoot() {
    this.status = h("span", { class: "ekr-status" });
    const who = `Reviewer ${this.page.reviewer}. Shortcuts: Help, or ? outside fields`;
    return h("footer", { class: "ekr-foot" }, this.status, h("span", {}, who));
  }

  #drawSource() {
    const { transcript: turns, chart, jottings, form } = this.page;
    const some = (entries) => Object.values(entries).some((text) => text.trim());
    const panels = [["transcript", "Transcript", transcript(turns)]];
    if (some(chart)) panels.push(["chart", "Chart", facts(chart)]);
    const jotted = h("p", { class: "ekr-said" }, jottings);
    if (jottings.trim()) panels.push(["jottings", "Jottings", jotted]);
    if (some(form)) panels.push(["form", "Form", facts(form)]);
    const id = (name, part) => `ekr-${this.recorder.visit}-${name}-${part}`;
    const single = panels.length === 1;
    this.panels = panels.map(([name, title, content]) => {
      const node = h("div", {
        id: id(name, "panel"),
        class: "ekr-scroll",
        role: single ? "region" : "tabpanel",
        "aria-label": title,
        tabindex: "0",
        "data-pane": name,
      });
      node.append(...[content].flat());
      return node;
    });
    this.tabs = panels.map(([name, title], i) =>
      button(title, () => this.#open(i), {
        id: id(name, "tab"),
        role: "tab",
        "aria-controls": id(name, "panel"),
      }),
    );
    this.panels[0].addEventListener("scroll", () => this.#scrolled(this.panels[0], "transcript"));
    const tabs = h("div", {
      class: "ekr-tabs",
      role: "tablist",
      "aria-label": "Sources",
      onkeydown: (event) => this.#tabKey(event),
    });
    tabs.append(...this.tabs);
    const head = single ? h("h2", {}, "Transcript") : tabs;
    const bar = h("div", { class: "ekr-bar" }, head, this.search.bar);
    this.#open(0);
    return h("section", { class: "ekr-side", "aria-label": "Sources" }, bar, this.panels);
  }

  #drawNote() {
    const act = (label, go, keys, more = {}) =>
      button(label, go, { title: `${label} (${keys})`, "aria-keyshortcuts": keys, ...more });
    this.undoButton = act("Undo", () => this.undo(false), "Control+Z");
    this.redoButton = act("Redo", () => this.undo(true), "Control+Shift+Z");
    const opens = { "aria-haspopup": "dialog" };
    this.flagButton = act("Flag", () => this.flag(), "Control+Shift+F", opens);
    const main = { class: "ekr-main", ...opens };
    this.signButton = act("Sign", () => this.sign(), "Control+Enter", main);
    this.banner = h("div", { class: "ekr-banner" });
    this.note = h("div", { class: "ekr-scroll", "data-pane": "note" });
    this.note.append(this.banner, ...this.editors.map((editor) => editor.node));
    this.note.addEventListener("scroll", () => this.#scrolled(this.note, "note"));
    const bar = h("div", { class: "ekr-bar", role: "group", "aria-label": "Note" });
    bar.append(h("h2", {}, "Draft note"), h("span", { class: "ekr-space" }));
    bar.append(this.undoButton, this.redoButton, this.flagButton, this.signButton);
    return h("section", { class: "ekr-side", "aria-label": "Draft note" }, bar, this.note);
  }

  #open(index) {
    this.tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
      this.panels[i].hidden = i !== index;
    });
    this.search.run();
  }

  #tabKey(event) {
    const at = this.tabs.indexOf(event.target);
    const many = this.tabs.length;
    const to = { ArrowRight: at + 1, ArrowLeft: at + many - 1, Home: 0, End: many - 1 };
    if (at < 0 || !(event.key in to)) return;
    event.preventDefault();
    const index = to[event.key] % many;
    this.#open(index);
    this.tabs[index].focus();
  }

  panel() {
    return this.panels.find((panel) => !panel.hidden);
  }

  topOf(node) {
    const panel = this.panel();
    return node.getBoundingClientRect().top - panel.getBoundingClientRect().top + panel.scrollTop;
  }

  reveal(node) {
    const box = node.getBoundingClientRect();
    const view = this.note.getBoundingClientRect();
    if (box.top >= view.top && box.bottom <= view.bottom) return;
    this.note.scrollTop += box.top - view.top - 12;
  }

  focusNote() {
    this.editor.area.focus();
  }

  get locked() {
    return this.signed || this.elsewhere || this.conflict;
  }

  category(name) {
    return this.page.categories.find((one) => one.name === name)?.title ?? name;
  }

  // Show flags, undo, signature as they stand.
  paint() {
    for (const editor of this.editors) {
      const flags = this.flags.filter((flag) => flag.section === editor.name);
      editor.paint(flags.sort((a, b) => a.start - b.start), this.locked);
    }
    this.undoButton.disabled = this.locked || !this.done.length;
    this.redoButton.disabled = this.locked || !this.undone.length;
    this.flagButton.disabled = this.signButton.disabled = this.locked;
    const left = this.page.tasks.filter((task) => !task.signed && task.number !== this.page.number);
    this.nextButton.disabled = !left.length;
    this.#paintBanner(left.length);
  }

  #paintBanner(left) {
    const parts = [];
    const lost = this.outbox.lost.read(this.page.task_id);
    if (lost.length) {
      parts.push(...this.#lost(lost));
    } else if (this.elsewhere) {
      parts.push(h("p", {}, "This note has been opened in another tab or cell: edit it there."));
      parts.push(button("Continue here", () => this.show(this.page.number), { class: "ekr-main" }));
    } else if (this.signed) {
      const rest = left ? `${counted(left, "note")} left to review.` : "All notes are signed.";
      parts.push(h("p", {}, h("b", {}, "Signed, read-only. "), rest));
      const ask = button("Answer six questions", () => this.workload());
      if (this.page.tlx === "ask") parts.push(ask);
      parts.push(button("Open again", () => this.reopen()));
      if (left) parts.push(button("Next note", () => this.next(), { class: "ekr-main" }));
    }
    this.banner.replaceChildren(...parts);
    this.banner.hidden = !parts.length;
  }

  // What to say and offer where the server refused changes to this note.
  #lost(lost) {
    const what = this.conflict ? "What you see is not what is saved: " : "Not saved earlier: ";
    const many = `${counted(lost.length, "change")} refused (${lost.at(-1).why}).`;
    const edits = lost.map(({ event }) => event).filter((event) => event.kind === "edit");
    const typed = edits.reduce((all, { data }) => {
      const both = all.length ? joined({ old: "", ...all.at(-1) }, { old: "", ...data }) : null;
      return both ? [...all.slice(0, -1), both] : [...all, data];
    }, []);
    const texts = typed.map((edit) => edit.text).filter((text) => text.trim());
    const list = texts.map((text) => h("li", { class: "ekr-picked" }, text));
    const parts = [h("p", {}, h("b", {}, what), many)];
    if (list.length) parts.push(h("ul", { "aria-label": "Text that was refused" }, list));
    if (!this.conflict) return [...parts, button("Dismiss", () => this.#dismiss())];
    return [
      ...parts,
      button("Show what is saved", () => this.show(this.page.number)),
      button("Keep what I see", () => this.keep(), { class: "ekr-main" }),
    ];
  }

  #dismiss() {
    this.outbox.lost.write(this.page.task_id, []);
    this.paint();
    this.saved();
    this.focusNote();
  }

  say(text) {
    this.heard = text;
    this.live.textContent = ""; // so that the same words twice are told twice
    setTimeout(() => (this.live.textContent = this.heard), 30);
  }

  #state() {
    const { waiting, trouble, shelf, lost } = this.outbox;
    const why = trouble && `: ${trouble}`;
    if (waiting.length && !shelf.works) {
      return ["bad", `Not saved, nor can this browser keep it: leave this page open${why}`];
    }
    if (waiting.length) {
      const late = trouble || Date.now() - waiting[0].at_ms >= LATE_MS;
      return late ? ["wait", `Kept in this browser, not yet saved${why}`] : ["busy", "Saving"];
    }
    const refused = lost.read(this.page.task_id).length;
    return refused ? ["bad", "Some changes were not saved: see above the note"] : ["ok", "Saved"];
  }

  // What became of the events: called whenever the outbox changed.
  saved() {
    if (!this.status) return;
    const [state, text] = this.#state();
    const { dataset } = this.status;
    const turned = dataset.state !== state && [state, dataset.state].includes("wait");
    dataset.state = state;
    this.status.textContent = text;
    if (turned || (state === "bad" && text !== this.heard)) this.say(text);
    clearTimeout(this.late);
    if (state === "busy") this.late = setTimeout(() => this.saved(), LATE_MS);
  }

  // ---- changing

  // A change to a section's text, whoever made it; `restore` holds flags to put where they were.
  change(editor, edit, { undo = false, restore = [] } = {}) {
    const old = Array.from(editor.text).slice(edit.start, edit.end).join("");
    const here = (flag) => flag.section === editor.name;
    const before = this.flags.filter(here);
    editor.set(splice(editor.text, edit));
    this.flags = this.flags.map((flag) => (here(flag) ? shifted(flag, edit) : flag));
    this.recorder.put("edit", { section: editor.name, ...edit, undo });
    if (!undo) this.#remember({ editor, ...edit, old, flags: before, at: performance.now() });
    for (const flag of restore) this.#putFlagBack(flag);
    this.paint();
  }

  #remember(step) {
    const last = this.done.at(-1);
    const soon = last?.editor === step.editor && step.at - last.at < TYPING_MS;
    const both = soon && !this.undone.length ? joined(last, step) : null;
    if (both) this.done[this.done.length - 1] = { ...both, at: step.at };
    else this.done.push(step);
    this.undone = [];
  }

  // A deletion shrinks the flags inside of it to nothing; undoing it puts them where they were.
  #putFlagBack(flag) {
    const now = this.flags.find((one) => one.flag_id === flag.flag_id);
    if (!now || (now.start === flag.start && now.end === flag.end)) return;
    const again = this.#sendFlag(flag); // the same flag_id: it takes the place of what it became
    this.flags = this.flags.map((one) => (one === now ? again : one));
  }

  undo(again) {
    for (const editor of this.editors) editor.sync();
    const [from, to] = again ? [this.undone, this.done] : [this.done, this.undone];
    if (this.locked || !from.length) return;
    const step = from.pop();
    const { editor, start, text, old } = step;
    const written = again ? old : text;
    const edit = { start, end: start + points(written), text: again ? text : old };
    this.change(editor, edit, { undo: true, restore: again ? [] : step.flags });
    to.push({ ...step, at: 0 });
    this.paint();
    editor.show(edit);
    this.say(again ? "Redone" : "Undone");
  }

  flag() {
    if (this.locked) return;
    const editor = this.editor;
    editor.sync();
    const picked = editor.selection();
    if (!picked) {
      this.say("There is nothing to flag in this section.");
      return;
    }
    const [start, end] = picked.map((at) => toPoints(editor.text, at));
    const quote = Array.from(editor.text).slice(start, end).join("");
    askFlag(this, quote, (chosen) => {
      const flag = { flag_id: randomId(), section: editor.name, start, end, quote, ...chosen };
      this.flags = [...this.flags, flag];
      this.recorder.put("flag", flag);
      this.paint();
      editor.area.focus();
      this.say("Flag added");
    });
  }

  unflag(flag) {
    this.flags = this.flags.filter((one) => one.flag_id !== flag.flag_id);
    this.recorder.put("unflag", { flag_id: flag.flag_id });
    this.paint();
    this.editors.find((editor) => editor.name === flag.section).area.focus();
    this.say("Flag removed");
  }

  // The server refused a change to this note, as when another machine changed it meanwhile.
  refused(task) {
    if (this.page?.task_id !== task || this.conflict) return;
    for (const editor of this.editors) editor.sync();
    this.conflict = true;
    this.paint();
    this.note.scrollTop = 0;
  }

  // What is on the screen is to stand: what the server lacks of it is sent.
  async keep() {
    const { task_id: task, number } = this.page;
    if (!(await this.outbox.flush())) return this.say(this.outbox.trouble);
    try {
      const page = await this.#ask(number);
      if (this.page.task_id !== task) return null;
      this.outbox.lost.write(task, []);
      this.recorder.put("open", { reviewer_agent: this.transport.agent });
      if (page.signed) this.recorder.put("reopen");
      for (const section of page.sections) this.#sendWhatLacks(section);
      const known = new Set(page.flags.map((flag) => flag.flag_id));
      for (const flag of this.flags) if (!known.has(flag.flag_id)) this.#sendFlag(flag);
      await this.outbox.flush();
      return await this.show(number);
    } catch (error) {
      return this.say(`It cannot be kept yet: ${error.message}`);
    }
  }

  #sendWhatLacks({ name, text }) {
    const wanted = this.editors.find((one) => one.name === name).text;
    if (text === wanted) return;
    const change = difference(text, wanted);
    const [start, end] = [change.start, change.end].map((at) => points(text.slice(0, at)));
    this.recorder.put("edit", { section: name, start, end, text: change.text, undo: false });
  }

  #sendFlag(flag) {
    const { text } = this.editors.find((editor) => editor.name === flag.section);
    const quote = Array.from(text).slice(flag.start, flag.end).join("");
    if (quote) this.recorder.put("flag", { ...flag, quote });
    return { ...flag, quote };
  }

  // ---- signing

  sign() {
    if (this.locked) return;
    for (const editor of this.editors) editor.sync();
    const changed = this.editors.filter((editor) => editor.text !== editor.draft).length;
    askSign(this, changed, this.flags.length, () => {
      this.#signedIs(true);
      this.recorder.put("sign", {}, { atOnce: true });
      this.paint();
      this.note.scrollTop = 0;
      this.say("Signed");
      if (this.page.tlx === "ask") this.workload();
      else this.afterSigning();
    });
  }

  #signedIs(signed) {
    this.signed = signed;
    this.page.tasks.find((task) => task.task_id === this.page.task_id).signed = signed;
  }

  afterSigning() {
    const buttons = this.banner.querySelectorAll("button");
    buttons[buttons.length - 1]?.focus();
  }

  workload() {
    askWorkload(this, (answers) => {
      this.page.tlx = "done";
      this.recorder.put("tlx", answers, { atOnce: true });
      this.paint();
      this.say("Answers kept");
    });
  }

  reopen() {
    this.#signedIs(false);
    this.recorder.put("reopen", {}, { atOnce: true });
    this.paint();
    this.focusNote();
    this.say("Open again");
  }

  // ---- watching

  #pane(target) {
    if (target === this.search?.field) return { pane: "search" };
    const editor = this.editors.find((one) => one.area === target);
    if (editor) return { pane: editor.name };
    const pane = target.dataset?.pane;
    return pane ? { pane } : null;
  }

  #focused(kind, target) {
    const pane = this.#pane(target);
    if (pane) this.recorder.put(kind, pane);
  }

  #seen(inView = this.inView ?? true) {
    this.inView = inView;
    const looking = inView && !document.hidden;
    if (looking === this.looking) return;
    this.looking = looking;
    this.recorder.put(looking ? "visible" : "hidden");
    if (!looking) this.outbox.flush();
  }

  #scrolled(node, pane) {
    if (this.scrolling?.node === node) return;
    const timer = setTimeout(() => {
      this.scrolling = null;
      if (!node.isConnected || node.hidden) return;
      this.recorder.put("scroll", { pane, ...this.#inView(node, pane) });
    }, SCROLL_MS);
    this.scrolling = { node, timer };
  }

  // First and last turn in view; of the note, lines of 24 px (its line height).
  #inView(node, pane) {
    const top = node.scrollTop;
    const bottom = top + node.clientHeight;
    if (pane === "note") return { first: Math.floor(top / 24), last: Math.floor(bottom / 24) };
    const rows = Array.from(node.children);
    const first = rows.find((row) => row.offsetTop + row.offsetHeight > top) ?? rows[0];
    const last = rows.findLast((row) => row.offsetTop < bottom) ?? first;
    return { first: Number(first.dataset.turn), last: Number(last.dataset.turn) };
  }

  key(event) {
    event.stopPropagation();
    const section = this.editors.find((editor) => editor.area === event.target)?.name ?? "";
    if (!MODIFIERS.includes(event.key)) this.recorder.burst("keys", section);
    if (!this.page || event.isComposing || this.root.querySelector("dialog[open]")) return;
    const action = this.#actionFor(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  #actionFor(event) {
    const inField = event.target.matches("input, textarea");
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const { shiftKey: shift } = event;
    if (event.altKey) return null;
    if (event.ctrlKey || event.metaKey) {
      if (key === "f") return shift ? () => this.flag() : () => this.search.focus(this.#picked());
      if (key === "s" && !shift) return () => this.outbox.flush();
      if (key === "Enter") return this.signed ? () => this.next() : () => this.sign();
      const ours = event.target !== this.search.field;
      if (ours && key === "z") return () => this.undo(shift);
      if (ours && key === "y") return () => this.undo(true);
      return null;
    }
    if (key === "F6") return () => this.#otherSide(event.target);
    if (inField) return null;
    return { "/": () => this.search.focus(), "?": () => showHelp(this) }[key] ?? null;
  }

  #picked() {
    const { area } = this.editor;
    if (document.activeElement !== area) return "";
    const picked = area.value.slice(area.selectionStart, area.selectionEnd).trim();
    return picked.length > 80 ? "" : picked;
  }

  #otherSide(from) {
    if (this.note.parentElement.contains(from)) this.panel().focus();
    else this.focusNote();
  }
}

// ------------------------------------------------------------------------------------- transport

function overHttp(url) {
  return {
    agent: "page",
    async send(message, leaving = false) {
      const reply = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(message),
        credentials: "same-origin",
        keepalive: leaving,
        signal: AbortSignal.timeout(ANSWER_MS),
      }).catch(() => {
        throw new Error("the review server does not answer");
      });
      const answer = await reply.json().catch(() => null);
      if (answer?.type) return answer;
      if (reply.status === 403) {
        throw new Error("the review was started anew, so open the address that it shows now");
      }
      throw new Error(`the review server answers with an error (${reply.status})`);
    },
  };
}

function overComm(model) {
  const waiting = new Map();
  const heard = (answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  };
  model.on("msg:custom", heard);
  return {
    agent: "widget",
    close: () => model.off("msg:custom", heard),
    send(message) {
      const id = randomId();
      return new Promise((resolve, reject) => {
        waiting.set(id, resolve);
        setTimeout(() => reject(new Error("the notebook's kernel does not answer")), ANSWER_MS);
        try {
          model.send({ ...message, id });
        } catch {
          reject(new Error("the notebook's kernel is gone, so start it and run the cell again"));
        }
      }).finally(() => waiting.delete(id));
    },
  };
}

export function mount(root, transport) {
  const app = new App(root, transport);
  app.start();
  return () => app.stop();
}

function render({ model, el }) {
  const root = h("div");
  el.append(root);
  const transport = overComm(model);
  const unmount = mount(root, transport);
  return () => {
    unmount();
    root.remove();
    setTimeout(transport.close, ANSWER_MS); // the answer to the last events is still to come
  };
}

export default { render };

const page = document.getElementById("evalkit-review");
if (page) mount(page, overHttp("api"));
