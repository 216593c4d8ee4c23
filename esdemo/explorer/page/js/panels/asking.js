// Questions that need Python: a kernel answers them, or the answers that a file was saved with.

export const NO_KERNEL =
  "This needs Python: open the notebook and run the cell that makes the explorer.";

// The answer, or null and a complaint.
export async function ask(explorer, question, said) {
  said.say("asking the kernel …");
  try {
    const answer = await answerTo(question, explorer.options);
    said.clear();
    return answer;
  } catch (error) {
    said.complain(error.message);
    explorer.status.textContent = error.message;
    return null;
  }
}

async function answerTo(question, { ask, answers = [] }) {
  const key = JSON.stringify(question);
  const kept = answers.find(([asked]) => JSON.stringify(asked) === key);
  if (kept) return kept[1];
  if (!ask) throw new Error(NO_KERNEL);
  return ask(question);
}

export async function askForBranch(explorer, question, said) {
  const answer = await ask(explorer, question, said);
  if (answer) explorer.showBranch(answer);
}
