//! Facts of scripts, pipelines, containers and hosts.

use pretty_assertions::assert_eq;

use super::*;

fn read(path: &str, text: &str) -> Deployment {
    let path = Utf8Path::new(path);
    let mut all = Deployment::default();
    let purpose = Purpose::of(path).expect("a relevant file");
    assert_eq!(all.add(path, purpose, text), None);
    all
}

/// `context | command | text under its span` of each command.
fn commands(path: &str, text: &str) -> Vec<String> {
    let say = |fact: CommandFact| {
        let context = match fact.context {
            CommandContext::PackageScript { name } | CommandContext::NxTarget { name } => name,
            CommandContext::Dockerfile { instruction } => instruction,
            CommandContext::Compose { service } => service,
            CommandContext::Pipeline { job } => job.unwrap_or_default(),
            CommandContext::Shell => "shell".to_owned(),
            CommandContext::PrismaSeed => "seed".to_owned(),
            CommandContext::Make { target } => target,
            CommandContext::Procfile { process } => process,
            CommandContext::Host { key } => key,
        };
        format!("{context} | {} | {}", fact.text, fact.span.text(text))
    };
    read(path, text).commands.into_iter().map(say).collect()
}

#[test]
fn dockerfiles() {
    let text = "# x\nFROM --platform=linux node:20 AS base\nRUN --mount=type=cache pnpm i && \\\n  pnpm build\nrun <<EOF\nnpx prisma generate\nEOF\nCMD [\"node\", \"main.js\"]\nFROM base\n";
    assert_eq!(
        commands("apps/api/Dockerfile", text),
        [
            "RUN | pnpm i && pnpm build | RUN --mount=type=cache pnpm i && \\\n  pnpm build",
            "RUN | npx prisma generate | npx prisma generate",
            "CMD | node main.js | CMD [\"node\", \"main.js\"]",
        ]
    );
    let images = read("Dockerfile", text).images;
    assert_eq!(images.len(), 1, "a stage is no image");
    assert_eq!(images[0].image, "node:20");
    assert_eq!(images[0].span.text(text), "node:20");
}

#[test]
fn compose_files() {
    let text = "services:\n  db:\n    image: pgvector/pgvector:pg16\n    volumes:\n      - data:/var/lib\n      - ./init.sql:/docker-entrypoint-initdb.d/1.sql:ro\n      - type: bind\n        source: ../sql\n        target: /docker-entrypoint-initdb.d\n  api:\n    command: [\"npx\", \"prisma\", \"migrate\", \"dev\"]\n    entrypoint: ./start.sh --now\n";
    assert_eq!(
        commands("docker/docker-compose.yml", text)
            .iter()
            .map(|c| c.rsplit_once(" | ").unwrap().0)
            .collect::<Vec<_>>(),
        ["api | ./start.sh --now", "api | npx prisma migrate dev"]
    );
    let facts = read("docker/docker-compose.yml", text);
    assert_eq!(facts.images[0].image, "pgvector/pgvector:pg16");
    assert_eq!(facts.images[0].context, ImageContext::Compose("db".into()));
    let sources: Vec<_> = facts
        .init_mounts
        .iter()
        .map(|m| m.source.as_str())
        .collect();
    assert_eq!(sources, ["docker/init.sql", "sql"]);
}

#[test]
fn variables_of_services() {
    let text = "services:\n  api:\n    environment:\n      PORT: 3001\n      ENDPOINT: http://minio:9000\n      KEY: ${ROOT_KEY}\n      MODE: ${MODE:-live}\n      NOTHING:\n  jobs:\n    environment:\n      - URL=postgres://$USER:${PASS?say it}@db/$$x\n      - PASSED\n";
    let facts = read("docker-compose.yml", text);
    let found: Vec<_> = facts
        .variables
        .iter()
        .map(|one| format!("{} {}", one.name, one.needs.join(",")))
        .collect();
    assert_eq!(
        found,
        [
            "PORT ",
            "ENDPOINT ",
            "KEY ROOT_KEY",
            "MODE ",
            "URL USER,PASS"
        ]
    );
}

#[test]
fn pipelines() {
    let github = "on: push\njobs:\n  test:\n    services:\n      pg:\n        image: postgres:16\n    steps:\n      - uses: actions/github-script@v7\n        with:\n          script: return 1\n      - run: pnpm test\n      - run: |\n          pnpm prisma \\\n            migrate deploy\n          pnpm e2e\n";
    assert_eq!(
        commands(".github/workflows/ci.yml", github),
        [
            "test | pnpm test | pnpm test",
            "test | pnpm prisma migrate deploy | pnpm prisma \\\n            migrate deploy",
            "test | pnpm e2e | pnpm e2e",
        ]
    );
    assert_eq!(
        commands(
            ".github/workflows/ci.yml",
            "jobs:\r\n  é:\r\n    run: |-\r\n      ü\r\n      b\r\n    strategy:\r\n      matrix:\r\n        run: [x]\r\n"
        ),
        ["é | ü | ü", "é | b | b"]
    );
    let images = read(".github/workflows/ci.yml", github).images;
    assert_eq!(
        images[0].context,
        ImageContext::Pipeline {
            job: Some("test".into())
        }
    );

    let gitlab = "image: node:20\nmigrate:\n  services: ['postgres:15']\n  script:\n    - npx prisma db push\n    - |\n      a\n      b\n";
    assert_eq!(
        commands(".gitlab-ci.yml", gitlab),
        [
            "migrate | npx prisma db push | npx prisma db push",
            "migrate | a | a",
            "migrate | b | b"
        ]
    );
    let images: Vec<_> = read(".gitlab-ci.yml", gitlab)
        .images
        .into_iter()
        .map(|i| i.image)
        .collect();
    assert_eq!(images, ["node:20", "postgres:15"]);

    let circle = "jobs:\n  build:\n    docker:\n      - image: cimg/node:20\n    steps:\n      - run: npm ci\n      - run:\n          name: x\n          command: npm test\n";
    assert_eq!(
        commands(".circleci/config.yml", circle),
        ["build | npm ci | npm ci", "build | npm test | npm test"]
    );
}

#[test]
fn scripts_processes_and_recipes() {
    assert_eq!(
        commands(".husky/pre-commit", "npx lint\n"),
        ["shell | npx lint | npx lint"]
    );
    assert_eq!(
        commands("Procfile", "release: npx prisma migrate deploy\n"),
        ["release | npx prisma migrate deploy | release: npx prisma migrate deploy"]
    );
    assert_eq!(
        commands("Makefile", "X = 1\ndb: x\n\t@prisma db push\n"),
        ["db | prisma db push | @prisma db push"]
    );
}

#[test]
fn settings_of_hosts() {
    assert_eq!(
        commands(
            "fly.toml",
            "[deploy]\n  release_command = \"npx prisma db push\"\n"
        ),
        ["release_command | npx prisma db push | \"npx prisma db push\""]
    );
    assert_eq!(
        commands(
            "railway.json",
            "{ \"deploy\": { \"startCommand\": \"a\" } }"
        ),
        ["startCommand | a | \"a\""]
    );
    assert_eq!(
        commands(
            "app.json",
            "{ \"scripts\": { \"postdeploy\": \"b\" }, \"name\": \"c\" }"
        ),
        ["postdeploy | b | \"b\""]
    );
    assert_eq!(
        commands("render.yaml", "services:\n  - startCommand: a b\n"),
        ["services | a b | a b"]
    );
    assert_eq!(
        commands(
            "apps/a/project.json",
            "{ \"targets\": { \"x\": { \"options\": { \"commands\": [\"a\", { \"command\": \"b\" }] } } } }"
        ),
        ["x | a | \"a\"", "x | b | \"b\""]
    );
}

#[test]
fn owners_of_code() {
    let text = "# c\n*.prisma @db @dba # why\n";
    let owners = &read(".github/CODEOWNERS", text).code_owners[0];
    assert_eq!(owners.pattern, "*.prisma");
    assert_eq!(owners.owners, ["@db", "@dba"]);
    assert_eq!(owners.span.text(text), "*.prisma @db @dba");
}

#[test]
fn what_a_script_says_it_does_not_do() {
    let text =
        "#!/bin/sh\necho \"next: prisma migrate reset\"\necho y | npx prisma migrate deploy\n";
    assert_eq!(
        commands("scripts/start.sh", text),
        ["shell | echo y | npx prisma migrate deploy | echo y | npx prisma migrate deploy"]
    );
}
