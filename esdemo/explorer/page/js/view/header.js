// The header: what history this is, where to go, and help.

import { grouped, plural } from "../history/words.js";
import { button, copy, opener } from "./controls.js";
import { fill, h } from "./elements.js";
import { TAKES, destination } from "./goto.js";
import { icon } from "./icons.js";
import { help } from "./keys.js";

export function header(explorer) {
  const keys = h("dl.help", { id: explorer.id("help"), hidden: true }, help());
  const near = h("div.copied");
  const headline = h("span.headline");
  const openKeys = opener("Keys", "What the keys do, while the focus is in here (?)", keys, () =>
    explorer.set({ follow: true }),
  );
  const follow = followButton(explorer);
  const bar = h(
    "div.bar",
    headline,
    h("span.space"),
    goToBox(explorer),
    button([icon("pin"), " Pin"], "Pin this moment as A, to compare others with it (p)", () =>
      explorer.togglePin(),
    ),
    explorer.options.link ? linkButton(explorer, near) : null,
    follow.parts,
    openKeys,
  );
  const update = () => {
    fill(headline, words(explorer));
    follow.update();
  };
  return { parts: [h("header", bar, near, keys)], update, help: () => openKeys.click() };
}

function words({ log, total, clock }) {
  const counts = [plural(log.count, "event"), plural(log.streams.length, "stream")];
  if (log.rejected.length) counts.push(plural(log.refusals, "refused command"));
  const ends = [0, log.rows - 1].map((row) => clock.show(log.at[row], 10));
  const cut = `the first ${grouped(log.count)} of ${grouped(total)} events`;
  return [
    h("strong", counts.join(" · ")),
    h("span.muted.times", ` · ${[...new Set(ends)].join(" to ")}`),
    total > log.count ? h("span.note", ` ${cut}`) : null,
  ];
}

function goToBox(explorer) {
  const go = () => {
    const { position, said } = destination(explorer, box.value);
    if (position !== undefined) explorer.move(position, { quiet: true });
    explorer.tell(said);
    explorer.link();
  };
  const box = h("input", {
    type: "text",
    size: 16,
    placeholder: "position or date",
    "aria-label": "Go to a position, or to the moment as of a date or time",
    title: `${TAKES}. A date alone means its end`,
    onkeydown: ({ key }) => key === "Enter" && go(),
  });
  return h("span.group", box, button("Go", "Go there", go));
}

const linkButton = (explorer, near) =>
  button("Copy link", "Copy the address of this very view", () => {
    explorer.link(true);
    copy(explorer, location.href, "link", near);
  });

function followButton(explorer) {
  const { live, options } = explorer;
  const node = button("Follow", "Show what the store records from now on", () => live.toggle());
  const update = () => {
    node.textContent = live.following ? "Pause" : "Follow";
    node.setAttribute("aria-pressed", String(live.following));
  };
  return { parts: options.ask ? [node] : [], update };
}
