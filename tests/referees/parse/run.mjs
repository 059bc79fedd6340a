// Compares what snell accepts as SQL with what PostgreSQL's own parser accepts; see README.md.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { loadModule, parseSync, scanSync } from "libpg-query";
import { statements } from "../catalog/split.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const snell = join(root, "target/debug/snell");
const example = join(root, "target/debug/examples/parse_sql");

/** Texts of one repository: each statement of each migration, and each raw query. */
function* texts(folder) {
  for (const path of migrations(folder)) {
    const where = relative(folder, path);
    for (const statement of statements(readFileSync(path, "utf8").replace(/^\ufeff/, ""))) {
      yield { kind: "migration", where: `${where}:${statement.line}`, text: statement.text };
    }
  }
  const facts = spawnSync(snell, ["facts", "raw-sql", folder], { encoding: "utf8", maxBuffer: 1 << 30 });
  for (const line of facts.stdout.split("\n").filter(Boolean)) {
    const row = JSON.parse(line);
    if (row.static) yield { kind: "raw", where: `${row.file}:${row.line}`, text: row.sql };
  }
}

function* migrations(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== ".git") yield* migrations(path);
    else if (entry.isFile() && entry.name === "migration.sql") yield path;
  }
}

/** Null, or why PostgreSQL refuses a text. */
function refusal(text) {
  try {
    parseSync(text);
    return null;
  } catch (error) {
    return error.message;
  }
}

/** Whether a server refuses it too: the parser alone takes placeholders in places where a server does not. */
async function serverRefuses(text) {
  try {
    await database.exec(`PREPARE one AS ${text}`);
  } catch (error) {
    return error.code === "42601";
  } finally {
    await database.exec("DEALLOCATE ALL");
  }
  return false;
}

/** A small generator, so that the same seed gives the same mutations. */
function random(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** A statement with one token left out, doubled, or changed with the next one. */
function mutate(text, next) {
  let tokens;
  try {
    tokens = scanSync(text).tokens;
  } catch {
    return null;
  }
  if (tokens.length < 3) return null;
  const bytes = Buffer.from(text);
  const at = next(tokens.length - 1);
  const [one, two] = [tokens[at], tokens[at + 1]];
  const piece = (token) => bytes.subarray(token.start, token.end).toString();
  const head = bytes.subarray(0, one.start).toString();
  const tail = (token) => bytes.subarray(token.end).toString();
  switch (next(3)) {
    case 0: return head + tail(one);
    case 1: return `${head}${piece(one)} ${piece(one)}${tail(one)}`;
    default: return `${head}${piece(two)} ${piece(one)}${tail(two)}`;
  }
}

function ours(rows) {
  const input = rows.map((row) => JSON.stringify(row.text)).join("\n");
  const run = spawnSync(example, [], { input, encoding: "utf8", maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`parse_sql ended with ${run.status}: ${run.stderr}`);
  return run.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

async function compare(rows, name, show) {
  const said = ours(rows);
  const counts = { texts: rows.length, both_accept: 0, both_refuse: 0, only_snell_refuses: 0, only_postgres_refuses: 0 };
  for (const [n, row] of rows.entries()) {
    let theirs = refusal(row.text);
    if (theirs === null && said[n] !== null && (await serverRefuses(row.text))) theirs = "refused by a server";
    if (theirs === null && said[n] === null) counts.both_accept += 1;
    else if (theirs !== null && said[n] !== null) counts.both_refuse += 1;
    else {
      counts[theirs === null ? "only_snell_refuses" : "only_postgres_refuses"] += 1;
      if (show) {
        const text = row.text.replace(/\s+/g, " ").slice(0, 300);
        console.log(`${theirs === null ? "SNELL REFUSES" : "SNELL ACCEPTS"} ${row.where}: ${said[n] ?? theirs}\n    ${text}`);
      }
    }
  }
  console.log(name, JSON.stringify(counts));
  return counts;
}

const database = await PGlite.create();
await loadModule();
const folders = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const option = (name, otherwise) => Number(process.argv.find((a) => a.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
if (!existsSync(example)) throw new Error("first: cargo build -p snell-sql --example parse_sql");
const all = [];
let wrong = 0;
for (const folder of folders) {
  const rows = [...texts(folder)];
  for (const kind of ["migration", "raw"]) {
    const counts = await compare(rows.filter((row) => row.kind === kind), `${folder} ${kind}`, true);
    wrong += counts.only_snell_refuses + counts.only_postgres_refuses;
  }
  all.push(...rows);
}
const share = option("mutate", 0);
if (share > 0) {
  const next = random(option("seed", 1));
  const mutants = [];
  const taken = new Set();
  for (const row of all) {
    for (let n = 0; n < share; n += 1) {
      const text = mutate(row.text, next);
      if (text && !taken.has(text)) mutants.push({ where: row.where, text });
      taken.add(text);
    }
  }
  const counts = await compare(mutants, "mutants", option("show", 0) > 0);
  wrong += counts.only_snell_refuses;
}
process.exit(wrong > 0 ? 1 : 0);
