// A text cut at its semicolons: strings, quoted names, dollar quotes and comments are kept whole.

const SKIP = [/--[^\n]*/y, /'(?:[^']|'')*'/y, /"(?:[^"]|"")*"/y, /(\$[A-Za-z_]?\w*\$)[\s\S]*?\1/y];

function comment(text, at) {
  let depth = 0;
  while (at < text.length) {
    if (text.startsWith("/*", at)) (depth += 1), (at += 2);
    else if (text.startsWith("*/", at)) {
      (depth -= 1), (at += 2);
      if (depth === 0) break;
    } else at += 1;
  }
  return at;
}

function escaped(text, at) {
  const pattern = /[eE]'(?:[^'\\]|''|\\[\s\S])*'/y;
  pattern.lastIndex = at;
  return !/\w/.test(text[at - 1] ?? "") && pattern.exec(text);
}

/** The statements of a text with the lines on which they start; comments before them left out. */
export function statements(text) {
  const found = [];
  let start = 0;
  let depth = 0;
  const push = (end) => {
    let from = start;
    for (;;) {
      const space = /^(\s+|--[^\n]*)/.exec(text.slice(from, end));
      if (space) from += space[0].length;
      else if (text.startsWith("/*", from)) from = comment(text, from);
      else break;
    }
    const body = text.slice(from, end).trim();
    if (body) found.push({ text: body, line: text.slice(0, from).split("\n").length });
    start = end + 1;
  };
  let at = 0;
  scan: while (at < text.length) {
    if (text.startsWith("/*", at)) {
      at = comment(text, at);
      continue;
    }
    const string = escaped(text, at);
    if (string) {
      at += string[0].length;
      continue;
    }
    for (const pattern of SKIP) {
      pattern.lastIndex = at;
      const hit = pattern.exec(text);
      if (hit) {
        at += hit[0].length;
        continue scan;
      }
    }
    // The body of a SQL-standard routine holds semicolons of its own.
    const word = /\b(begin\s+atomic|case|end)\b/iy;
    word.lastIndex = at;
    const hit = word.exec(text);
    if (hit && !/\w/.test(text[at - 1] ?? "")) {
      const kind = hit[0].toLowerCase();
      if (kind.startsWith("begin")) depth = 1;
      else if (depth > 0) depth += kind === "case" ? 1 : -1;
      at += hit[0].length;
      continue;
    }
    if (text[at] === ";" && depth === 0) push(at);
    at += 1;
  }
  push(text.length);
  return found;
}
