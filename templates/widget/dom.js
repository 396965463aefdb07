/*
 * Building blocks: elements, icons, and a message's plain text turned into nodes. Promise: every text ends in a text
 * node, never in markup; only http and https addresses become links. Limit: of the text's marks just **bold**, line
 * ends and "- " lines are read.
 */
const SVG = "http://www.w3.org/2000/svg";

const SHAPES = {
  mark: [
    ["path", { class: "stroke", d: "M12 3.2c5 0 8.9 3.3 8.9 7.6s-3.9 7.6-8.9 7.6c-1 0-2-.1-2.9-.4L4.7 20.8l.8-4.1C4 15.2 3.1 13.1 3.1 10.8c0-4.3 3.9-7.6 8.9-7.6z" }],
    ["path", { class: "fill", d: "M12 6.7a2.2 2.2 0 0 1 1.2 4.05l.8 3.45h-4l.8-3.45A2.2 2.2 0 0 1 12 6.7z" }],
  ],
  close: [["path", { class: "stroke", d: "M6.5 6.5l11 11M17.5 6.5l-11 11" }]],
  more: [
    ["circle", { class: "fill", cx: 5.5, cy: 12, r: 1.7 }],
    ["circle", { class: "fill", cx: 12, cy: 12, r: 1.7 }],
    ["circle", { class: "fill", cx: 18.5, cy: 12, r: 1.7 }],
  ],
  send: [["path", { class: "stroke", d: "M12 19V5.5M6 11l6-6 6 6" }]],
  down: [["path", { class: "stroke", d: "M6.5 9.5l5.5 5.5 5.5-5.5" }]],
  check: [["path", { class: "stroke", d: "M5.5 12.5l4.5 4.5 8.5-9.5" }]],
  person: [
    ["circle", { class: "stroke", cx: 12, cy: 8, r: 3.6 }],
    ["path", { class: "stroke", d: "M5 19.5c.8-3.6 3.5-5.5 7-5.5s6.2 1.9 7 5.5" }],
  ],
  away: [["path", { class: "stroke", d: "M14 5h5v5M19 5l-8 8M10 6H6.5A1.5 1.5 0 0 0 5 7.5v10A1.5 1.5 0 0 0 6.5 19h10a1.5 1.5 0 0 0 1.5-1.5V14" }]],
};

/** An element: `on` holds listeners, true is an empty attribute, false and null leave the attribute out. */
export function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (name === "on") Object.entries(value).forEach(([event, act]) => node.addEventListener(event, act));
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A picture without a name: the button around it carries the name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"], ["focusable", "false"]]) {
    svg.setAttribute(key, value);
  }
  for (const [tag, attrs] of SHAPES[name]) {
    const shape = document.createElementNS(SVG, tag);
    Object.entries(attrs).forEach(([key, value]) => shape.setAttribute(key, value));
    svg.append(shape);
  }
  return svg;
}

/** A button that shows only a picture. */
export function iconButton(name, label, press, attrs = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...attrs, on: { click: press } }, icon(name));
}

/** A text for eyes that do not see: read by screen readers, not drawn. */
export const unseen = (text) => el("span", { class: "unseen" }, text);

/** A link to another tab, with its name saying so; null if the address is not http or https. */
export function link(href, label, base, words, attrs = {}) {
  const address = safeAddress(href, base);
  if (!address) return null;
  const shown = { href: address, target: "_blank", rel: "noopener", ...attrs };
  return el("a", shown, label, " ", icon("away"), unseen(` (${words.newTab})`));
}

/** The full address, seen from the desk and not from the page; null for javascript:, data: and broken ones. */
export function safeAddress(href, base) {
  try {
    const address = new URL(href, base);
    return ["http:", "https:"].includes(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

function inline(line) {
  return line.split(/(\*\*[^*]+\*\*)/).filter(Boolean).map((part) => {
    const bold = /^\*\*([^*]+)\*\*$/.exec(part);
    return bold ? el("strong", {}, bold[1]) : document.createTextNode(part);
  });
}

/** The desk's text as paragraphs and lists. */
export function rich(text) {
  const body = el("div", { class: "text" });
  let list = null;
  for (const line of text.split("\n")) {
    const item = /^- (.*)$/.exec(line);
    if (item) {
      if (!list) body.append((list = el("ul")));
      list.append(el("li", {}, ...inline(item[1])));
    } else {
      list = null;
      if (line.trim()) body.append(el("p", {}, ...inline(line)));
    }
  }
  return body;
}

/** A person's own text: letter for letter, line ends kept. */
export const plain = (text) => el("div", { class: "text typed" }, text);

/** The same text for a screen reader or a file: without the marks. */
export const bare = (text) => text.replace(/\*\*([^*]+)\*\*/g, "$1");
