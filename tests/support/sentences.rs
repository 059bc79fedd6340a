//! What the sentences of a document say, and what none of them may hold.

/// What is said in a document, without code and links: `(line, words)`.
pub(crate) fn said(markdown: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut fenced = false;
    for (n, line) in (1..).zip(markdown.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let spans = line.split('`');
        let words: Vec<&str> = spans
            .enumerate()
            .map(|(n, text)| if n % 2 == 0 { text } else { "X" })
            .collect();
        let mut words = words.concat();
        while let Some((before, rest)) = words.split_once("](") {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            words = format!("{before}]{after}");
        }
        lines.push((n, words));
    }
    lines
}

/// What no sentence may hold.
pub(crate) fn faults(line: &str) -> Vec<String> {
    // What one thing does, or is called.
    const SINGULARS: [&str; 14] = [
        "address", "class", "alias", "status", "process", "access", "business", "is", "has", "was",
        "runs", "asks", "needs", "lacks",
    ];
    // What is counted in an audit.
    const COUNTED: [&str; 14] = [
        "finding",
        "table",
        "row",
        "column",
        "query",
        "index",
        "endpoint",
        "step",
        "place",
        "file",
        "model",
        "migration",
        "statement",
        "difference",
    ];
    // Written with a vowel, spoken without one.
    const SPOKEN: [&str; 6] = ["uni", "use", "usu", "uu", "one", "eur"];
    let mut found = Vec::new();
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || "()[]*\"".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    for pair in words.windows(2) {
        let (first, second) = (pair[0], pair[1]);
        let plain = second.trim_end_matches(|c: char| !c.is_alphanumeric());
        let lower = plain.chars().all(|c| c.is_ascii_lowercase()) && !plain.is_empty();
        let vowel = plain.starts_with(['a', 'e', 'i', 'o', 'u']);
        let spoken = SPOKEN.iter().any(|head| plain.starts_with(head));
        let wrong = match first {
            "1" => lower && plain.ends_with('s') && !SINGULARS.contains(&plain),
            "a" | "A" => lower && vowel && !spoken,
            "an" | "An" => lower && !vowel && !plain.starts_with('h'),
            word => word == plain && lower && word.len() > 1,
        };
        if wrong {
            found.push(format!("{first} {second}"));
        }
    }
    for trio in words.windows(3) {
        // `of 2 table that`: a number, one thing, and no word that it belongs to.
        let counts = trio[0].chars().all(|c| c.is_ascii_digit()) && !matches!(trio[0], "1" | "0");
        let ends = matches!(trio[2], "that" | "of" | "in" | "and" | "are" | "have");
        if counts && ends && COUNTED.contains(&trio[1]) {
            found.push(trio.join(" "));
        }
    }
    let signs = [
        // Code that no span holds.
        "=>",
        "${",
        ".replace(",
        ".map(",
        "&amp;&amp;",
        " ,",
        " ;",
        ",,",
        ";;",
        "; .",
        "ModuleId(",
        "FileId(",
        "Some(",
    ];
    let signs = signs.iter().filter(|sign| line.contains(**sign));
    found.extend(signs.map(|sign| format!("`{sign}`")));
    found
}

/// Sentences that stand twice in one part, rows and lists left out.
pub(crate) fn repeated(markdown: &str) -> Vec<String> {
    /// Shorter lines are heads of what follows.
    const LONG: usize = 40;
    let mut seen: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        fenced ^= line.starts_with("```");
        if line.starts_with('#') {
            seen.clear();
        }
        let plain = !fenced && !line.starts_with(['|', '-', '#', '<', '`', ' ']);
        if !plain || line.len() < LONG {
            continue;
        }
        if seen.contains(&line) {
            found.push(line.to_owned());
        }
        seen.push(line);
    }
    found
}
