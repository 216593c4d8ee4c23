// Questions that need Python: a kernel answers them, or the answers that a file was saved with.

import { button } from "../view/controls.js";
import { h } from "../view/elements.js";

export const NO_KERNEL =
  "This needs Python: open the notebook and run the cell that makes the explorer.";

// Whether there is somebody to answer, or an answer from before.
export const canAsk = ({ options }, question) =>
  Boolean(options.ask) || !!keptAnswer(options, question);

function keptAnswer({ answers = [] }, question) {
  const key = JSON.stringify(question);
  return answers.find(([asked]) => JSON.stringify(asked) === key)?.[1];
}

// The answer, or null and a complaint. Meanwhile it says how far the work is, and can be cancelled;
// an answer that comes late is an answer.
export async function ask(explorer, question, said) {
  const kept = keptAnswer(explorer.options, question);
  if (kept) return kept;
  if (!explorer.options.ask) return complain(explorer, NO_KERNEL, said);
  const stop = () => asked.cancel();
  const progress = waiting(said, () => stop());
  const asked = explorer.options.ask(question, progress.hear);
  explorer.set({ asking: true });
  try {
    const answer = await asked.answer;
    said.clear();
    return answer;
  } catch (error) {
    return complain(explorer, error.message, said);
  } finally {
    progress.stop();
    explorer.set({ asking: false });
  }
}

function complain(explorer, words, said) {
  said.complain(words);
  explorer.status.textContent = words;
  return null;
}

// "computing, 25 %, 3 s", and a button to give up.
function waiting(said, cancel) {
  const words = h("span", "asking the kernel …");
  const bar = h("progress", { max: 1, hidden: true, "aria-label": "How much is computed" });
  const start = Date.now();
  const tick = setInterval(() => {
    const seconds = Math.round((Date.now() - start) / 1000);
    if (seconds) words.textContent = `still computing, ${seconds} s`;
  }, 500);
  const hear = (share) => {
    bar.hidden = false;
    bar.value = share;
  };
  said.say(words, " ", bar, " ", button("Cancel", "Do not wait for the answer", cancel));
  return { hear, stop: () => clearInterval(tick) };
}

export async function askForBranch(explorer, question, said) {
  const answer = await ask(explorer, question, said);
  if (answer) explorer.showBranch(answer, question);
}
