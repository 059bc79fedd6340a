"""SQL expressions as trees, so that two spellings of one expression compare equal.

Casts and parentheses are left out; `IN`, `BETWEEN` and `LIKE` are opened as PostgreSQL opens
them; a quoted number is a number; a JSON text is the value that it holds.
"""

import json
import re

TOKEN = re.compile(
    r"""(?P<string>[eE]?'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<number>\d+(?:\.\d+)?)|(?P<cast>::)|(?P<symbol>[<>=!~|@&?*+/%^#-]+|.)""",
    re.S,
)
# Words that make up the names of built-in types.
TYPE_WORDS = {"varying", "precision", "without", "with", "time", "zone"}
LIKE = {"like": "~~", "ilike": "~~*"}
POWER = {"or": 1, "and": 2, "not": 3, "is": 4, "compare": 5, "in": 6, "operator": 7, "sum": 8, "product": 9, "sign": 11}


def tree(text):
    """The expression that `text` holds; none for none."""
    if text is None:
        return None
    parser = Parser(text)
    found = parser.expression(0)
    return found if parser.at >= len(parser.tokens) else ("unread", text)


class Parser:
    def __init__(self, text):
        found = ((m.lastgroup, m.group()) for m in TOKEN.finditer(text))
        self.tokens = [t for t in found if t[1].strip()]
        self.at = 0

    def peek(self, offset=0):
        at = self.at + offset
        if at >= len(self.tokens):
            return ("end", "")
        kind, value = self.tokens[at]
        return (kind, value.lower() if kind == "word" else value)

    def take(self, *values):
        if self.peek()[1] in values and self.peek()[0] != "string":
            self.at += 1
            return True
        return False

    def expression(self, power):
        left = self.prefix()
        while True:
            combined = self.infix(left, power)
            if combined is None:
                return left
            left = combined

    def prefix(self):
        kind, value = self.peek()
        self.at += 1
        if kind == "string":
            return literal(value)
        if kind == "number":
            return ("number", float(value))
        if value == "(":
            return self.parenthesized()
        if value in ("-", "+"):
            operand = self.expression(POWER["sign"])
            return ("number", -operand[1]) if value == "-" and operand[0] == "number" else ("sign", value, operand)
        if value == "not":
            return ("not", self.expression(POWER["not"]))
        if value == "case":
            return self.case()
        if value == "array" and self.take("["):
            return ("array", *self.items("]"))
        if value == "cast" and self.take("("):
            operand = self.expression(0)
            self.take("as")
            self.type_name()
            self.take(")")
            return operand
        return self.name(value)

    def parenthesized(self):
        items = self.items(")")
        return items[0] if len(items) == 1 else ("row", *items)

    def items(self, end):
        items = []
        while not self.take(end) and self.at < len(self.tokens):
            items.append(self.expression(0))
            self.take(",")
        return items

    def case(self):
        parts = []
        while not self.take("end") and self.at < len(self.tokens):
            word = self.peek()[1]
            if word in ("when", "then", "else"):
                self.at += 1
                parts.append(word)
            else:
                parts.append(self.expression(0))
        return ("case", *parts)

    def name(self, value):
        parts = [value[1:-1].replace('""', '"') if value.startswith('"') else value]
        while self.take("."):
            kind, value = self.peek()
            self.at += 1
            parts.append(value[1:-1] if kind == "quoted" else value)
        if self.take("("):
            return ("call", parts[-1].lower(), *self.items(")"))
        return ("name", parts[-1])

    def infix(self, left, power):
        kind, value = self.peek()
        if kind == "cast":
            self.at += 1
            self.type_name()
            return left
        if value == "[" and kind == "symbol":
            self.at += 1
            return ("subscript", left, *self.items("]"))
        if value in ("or", "and") and power < POWER[value]:
            self.at += 1
            right = self.expression(POWER[value])
            return (value, *flat(value, left), *flat(value, right))
        if value == "is" and power < POWER["is"]:
            return self.test(left)
        if value in ("not", "in", "between", *LIKE) and power < POWER["in"]:
            return self.worded(left)
        if kind == "symbol" and value not in "(),[];":
            return self.operator(left, value, power)
        return None

    def test(self, left):
        self.at += 1
        negated = self.take("not")
        if self.take("distinct"):
            self.take("from")
            return ("distinct", negated, left, self.expression(POWER["compare"]))
        word = self.peek()[1]
        self.at += 1
        return ("is", negated, word, left)

    def worded(self, left):
        negated = self.take("not")
        word = self.peek()[1]
        self.at += 1
        if word in LIKE:
            right = self.expression(POWER["in"])
            return ("!" * negated + LIKE[word], left, right)
        if word == "between":
            low = self.expression(POWER["in"])
            self.take("and")
            high = self.expression(POWER["in"])
            pair = (("<", left, low), (">", left, high)) if negated else ((">=", left, low), ("<=", left, high))
            return ("or" if negated else "and", *pair)
        self.take("(")
        items = self.items(")")
        symbol = "<>" if negated else "="
        if len(items) == 1:
            return (symbol, left, items[0])
        return (symbol, "all" if negated else "any", left, ("array", *items))

    def operator(self, left, symbol, power):
        name = {"=": "compare", "<": "compare", ">": "compare", "<=": "compare", ">=": "compare", "<>": "compare",
                "!=": "compare", "+": "sum", "-": "sum", "*": "product", "/": "product", "%": "product"}.get(symbol, "operator")
        if power >= POWER[name]:
            return None
        self.at += 1
        symbol = "<>" if symbol == "!=" else symbol
        if self.peek()[1] in ("any", "all") and self.peek(1)[1] == "(":
            word = self.peek()[1]
            self.at += 2
            return (symbol, word, left, self.parenthesized())
        return (symbol, left, self.expression(POWER[name]))

    def type_name(self):
        self.at += 1
        while True:
            kind, value = self.peek()
            if value == "." or (kind == "word" and value in TYPE_WORDS):
                self.at += 2 if value == "." else 1
            elif value == "(" and self.peek(1)[0] == "number":
                while not self.take(")"):
                    self.at += 1
            elif value == "[" and self.peek(1)[1] == "]":
                self.at += 2
            else:
                return


def flat(word, operand):
    """Chains of one connective are one list."""
    return operand[1:] if operand[0] == word else (operand,)


def literal(text):
    value = text[text.index("'") + 1 : -1].replace("''", "'")
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return ("number", float(value))
    if value[:1] in ("{", "["):
        try:
            return ("json", json.dumps(json.loads(value), sort_keys=True))
        except ValueError:
            pass
    return ("string", value)
