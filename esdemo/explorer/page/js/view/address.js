// Deep links: in a file of its own, the address says where we are.

export function toAddress({ position, watch, field, pin }) {
  const parts = { position, stream: watch ?? "", field: field.name };
  if (pin !== null) parts.pin = pin;
  return `#${new URLSearchParams(parts)}`;
}

// What an address says that makes sense here: {position, watch, field, pin}, or some of them.
export function fromAddress({ log, fields }, address) {
  const parts = new URLSearchParams(address.slice(1));
  const number = (name) => (/^\d+$/.test(parts.get(name) ?? "") ? Number(parts.get(name)) : null);
  const stream = parts.get("stream");
  const field = fields.find(({ name }) => name === parts.get("field"));
  const found = {};
  if (number("position") !== null) found.position = number("position");
  if (number("pin") !== null) found.pin = Math.min(number("pin"), log.count);
  if (stream === "" || log.byName.has(stream)) found.watch = stream || null;
  if (field) found.field = field;
  return found;
}
