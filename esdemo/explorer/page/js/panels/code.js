// Code: what happened, as a test in Python: given these events, when this command, then those.

const WIDEST = 88; // letters of a line

// The test of what came of the decision at a row; null where no command led to it.
export function rowAsTest(explorer, row) {
  const { log } = explorer;
  const decision = log.decision[row];
  if (decision < 0) return null;
  const first = log.firstRow[decision];
  const stream = log.stream[first];
  const before = log.place[first] - Number(log.isEvent(first));
  const events = log.rowsOf(decision).map((one) => log.events.get(one));
  const command = log.commands.get(decision);
  return asTest(explorer, facts(log, stream, before), command, events, log.rejected[decision]);
}

// The same for a command that was tried at a position. Its fields are as they were typed.
export function triedAsTest(explorer, answer, { stream, type, fields }, position) {
  const { log, data } = explorer;
  const number = log.byName.get(stream);
  const before = number === undefined ? [] : facts(log, number, position);
  const kinds = new Map((data.forms[type] ?? []).map(([name, kind]) => [name, kind]));
  const typed = Object.entries(fields).map(([name, text]) => [name, readAs(kinds.get(name), text)]);
  const command = { type: storedName(data.code, type), ...Object.fromEntries(typed) };
  return asTest(explorer, before, command, answer.events, answer.reason);
}

const facts = (log, stream, until) =>
  log
    .placesOf(stream)
    .filter((place) => place <= until)
    .map((place) => log.events.get(log.rowOf[place]));

const storedName = (code, name) =>
  Object.keys(code).find((stored) => stored && code[stored][1] === name) ?? name;

function readAs(kind = "", text) {
  if (kind.includes("string")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function asTest({ data }, given, command, events, reason) {
  const code = data.code ?? {};
  const [module, rules] = code[""] ?? ["__main__", "rules"];
  const types = [...given, command, ...events].map(({ type }) => type);
  const write = (message) => literal(code, message);
  const outcome =
    reason === null ? `then(${events.map(write).join(", ")})` : `then_refused(${text(reason)})`;
  const lines = [
    ...imports(code, types, module, rules),
    "",
    "",
    `def test_${snake(command.type)}_${reason === null ? "is_accepted" : "is_refused"}():`,
    ...(given.length
      ? ["    history = [", ...given.map((one) => `        ${write(one)},`), "    ]"]
      : []),
    `    given = ${rules}.given(${given.length ? "*history" : ""})`,
    ...statement(write(command), outcome),
  ];
  return lines.join("\n") + "\n";
}

// A line of the test's body, in two where it would be long.
function statement(command, outcome) {
  const line = `    given.when(${command}).${outcome}`;
  if (line.length <= WIDEST) return [line];
  return [`    outcome = given.when(${command})`, `    outcome.${outcome}`];
}

function imports(code, types, module, rules) {
  const byModule = new Map([[module, new Set([rules])]]);
  const known = [...new Set(types)].map((type) => code[type]).filter(Boolean);
  for (const [from, name] of known) {
    if (!byModule.has(from)) byModule.set(from, new Set());
    byModule.get(from).add(name);
  }
  const needsConvert = known.some(([, , plain]) => !plain);
  const lines = [...byModule].map(([from, names]) =>
    from === "__main__"
      ? `# ${[...names].sort().join(", ")}: from your own notebook`
      : `from ${from} import ${[...names].sort().join(", ")}`,
  );
  return needsConvert ? ["import msgspec", "", ...lines] : lines;
}

// A message as Python writes it. Where a field is not in Python what it is in JSON (a date, a
// decimal), msgspec makes it.
function literal(code, { type, ...payload }) {
  const [, name, plain] = code[type] ?? ["", type, true];
  const fields = Object.entries(payload);
  if (!plain) return `msgspec.convert(${python(payload)}, ${name})`;
  return `${name}(${fields.map(([field, value]) => `${field}=${python(value)}`).join(", ")})`;
}

// A JSON value as Python writes it.
export function python(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value.$int === "string") return value.$int;
  const items = Object.entries(value).map(([key, part]) => `${text(key)}: ${python(part)}`);
  return `{${items.join(", ")}}`;
}

// JSON's escapes are Python's too, but for letters beyond the first 65,536.
const text = (value) => JSON.stringify(value);

const snake = (name) =>
  name
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
    .replace(/\W/g, "_")
    .toLowerCase();
