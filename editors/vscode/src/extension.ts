// Starts `snell lsp` and shows what it has to say.
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import {
  LanguageClient,
  State,
  type LanguageClientOptions,
  type ServerOptions,
} from 'vscode-languageclient/node';

/** Files that findings can be in. */
const LANGUAGES = ['prisma', 'sql', 'typescript', 'typescriptreact', 'javascript', 'javascriptreact'];

/** The scheme under which rules' pages are shown. */
const PAGES = 'snell-rule';

let session: Session | undefined;
let log: vscode.LogOutputChannel | undefined;

/** Called by the editor when a folder holds a Prisma schema. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const restart = async () => {
    await session?.stop();
    session = new Session(context);
    await session.start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('snell.restartServer', restart),
    vscode.commands.registerCommand('snell.showLogs', () => output().show()),
    vscode.commands.registerCommand('snell.showVersion', () => session?.showVersion()),
    vscode.commands.registerCommand('snell.openReport', () =>
      vscode.commands.executeCommand('workbench.actions.view.problems'),
    ),
    vscode.commands.registerCommand('snell.explainRule', (rule?: unknown) => explain(rule)),
    vscode.commands.registerCommand('snell.showReferences', showReferences),
    vscode.workspace.registerTextDocumentContentProvider(PAGES, {
      provideTextDocumentContent: (uri) => session?.page(uri.path.replace(/\.md$/, '')),
    }),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration('snell.path') || change.affectsConfiguration('snell.enable')) {
        await restart();
      } else if (change.affectsConfiguration('snell')) {
        await session?.configure();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  await restart();
}

/** Called by the editor when it leaves. */
export async function deactivate(): Promise<void> {
  await session?.stop();
}

/** Made when it is first needed: most sessions have nothing to log. */
function output(): vscode.LogOutputChannel {
  log ??= vscode.window.createOutputChannel('snell', { log: true });
  return log;
}

/** What the server tells of its runs. */
interface Status {
  state: 'busy' | 'ready';
  findings: number;
  milliseconds: number | null;
}

/** One server and what belongs to it. */
class Session {
  private client: LanguageClient | undefined;
  private readonly item: vscode.StatusBarItem;
  private readonly owned: vscode.Disposable[] = [];

  constructor(private readonly context: vscode.ExtensionContext) {
    this.item = vscode.window.createStatusBarItem('snell', vscode.StatusBarAlignment.Right);
    this.item.name = 'snell';
    this.item.command = 'snell.openReport';
    this.owned.push(this.item);
  }

  async start(): Promise<void> {
    if (!settings().get<boolean>('enable', true)) {
      return;
    }
    const program = findProgram(this.context);
    if (program === undefined) {
      this.show('$(warning) snell', 'The snell program was not found: install it, or set snell.path.');
      this.item.command = 'workbench.action.openSettings';
      return;
    }
    const server: ServerOptions = { command: program, args: ['lsp'] };
    const options: LanguageClientOptions = {
      documentSelector: [
        ...LANGUAGES.map((language) => ({ scheme: 'file', language })),
        { scheme: 'file', pattern: '**/*.{prisma,sql}' },
        { scheme: 'file', pattern: '**/{snell.jsonc,snell.json,.snell.jsonc,package.json}' },
      ],
      initializationOptions: () => ({
        ...wishes(),
        status: true,
        commands: ['snell.explainRule', 'snell.showReferences'],
      }),
      outputChannel: output(),
      // Restarted by hand after five crashes in three minutes.
      connectionOptions: { maxRestartCount: 4 },
    };
    const client = new LanguageClient('snell', 'snell', server, options);
    this.client = client;
    this.owned.push(
      client.onNotification('snell/status', (status: Status) => this.tell(status)),
      client.onDidChangeState((change) => {
        if (change.newState === State.Stopped) {
          this.show('$(error) snell', 'The server has stopped. snell: Show Logs says why.');
        }
      }),
    );
    this.watch(program);
    this.show('$(sync~spin) snell', 'snell is starting');
    try {
      await client.start();
    } catch (error) {
      output().error(`${program} could not be started: ${String(error)}`);
      this.show('$(error) snell', `${program} could not be started. snell: Show Logs says why.`);
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    for (const one of this.owned.splice(0)) {
      one.dispose();
    }
    if (client !== undefined) {
      await client.dispose(2000).catch(() => undefined);
    }
  }

  async configure(): Promise<void> {
    await this.client?.sendNotification('workspace/didChangeConfiguration', {
      settings: { snell: wishes() },
    });
  }

  /** The markdown of a rule's page. */
  async page(rule: string): Promise<string | undefined> {
    const answer = await this.client?.sendRequest<{ markdown: string }>('snell/rulePage', { rule });
    return answer?.markdown;
  }

  showVersion(): void {
    const info = this.client?.initializeResult?.serverInfo;
    const words = info === undefined ? 'snell does not run.' : `${info.name} ${info.version ?? ''}`;
    void vscode.window.showInformationMessage(words);
  }

  /** A new program, after an install, is a new server. */
  private watch(program: string): void {
    if (!path.isAbsolute(program)) {
      return;
    }
    let waiting: NodeJS.Timeout | undefined;
    const changed = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => void vscode.commands.executeCommand('snell.restartServer'), 1000);
    };
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(path.dirname(program)), path.basename(program)),
    );
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    this.owned.push(watcher, { dispose: () => clearTimeout(waiting) });
  }

  private tell(status: Status): void {
    if (status.state === 'busy') {
      this.show('$(sync~spin) snell', 'snell is judging');
      return;
    }
    const found = status.findings === 1 ? '1 finding' : `${status.findings} findings`;
    const took = status.milliseconds === null ? '' : ` in ${status.milliseconds} ms`;
    this.show(`$(check) snell ${status.findings}`, `${found}${took}`);
  }

  private show(text: string, tooltip: string): void {
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.show();
  }
}

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('snell');
}

/** What the server is told of the settings. */
function wishes(): { run: string; diagnostics: string } {
  return {
    run: settings().get<string>('run', 'onType'),
    diagnostics: settings().get<string>('diagnostics', 'workspace'),
  };
}

/**
 * The setting, the workspace's own, the one that comes with the extension, then PATH's. A folder
 * that is not trusted may bring any program: there, only the extension's own runs.
 */
function findProgram(context: vscode.ExtensionContext): string | undefined {
  const name = process.platform === 'win32' ? 'snell.exe' : 'snell';
  const bundled = context.asAbsolutePath(path.join('server', name));
  if (!vscode.workspace.isTrusted) {
    return isFile(bundled) ? bundled : undefined;
  }
  const folders = vscode.workspace.workspaceFolders ?? [];
  const set = settings().get<string>('path', '').trim();
  if (set !== '') {
    const from = folders[0]?.uri.fsPath ?? '';
    return path.isAbsolute(set) ? set : path.resolve(from, set);
  }
  const candidates = folders.flatMap((folder) => inModules(folder.uri.fsPath, name));
  return [...candidates, bundled, ...onPath(name)].find(isFile);
}

/**
 * Where the npm package of this platform keeps the program: hoisted, inside the launcher's package, or, as pnpm
 * has it, beside the folder that the launcher's link leads to.
 */
function inModules(folder: string, name: string): string[] {
  const platform = `cli-${process.platform}-${process.arch}`;
  const modules = path.join(folder, 'node_modules');
  const launcher = realPath(path.join(modules, 'snell'));
  const holders = [modules, path.join(launcher, 'node_modules'), path.dirname(launcher)];
  return holders.flatMap((holder) => [
    path.join(holder, '@snell', platform, name),
    path.join(holder, '@snell', platform, 'bin', name),
  ]);
}

/** Where a link leads; the path itself when nothing is there. */
function realPath(of: string): string {
  try {
    return fs.realpathSync(of);
  } catch {
    return of;
  }
}

function onPath(name: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.filter((folder) => path.isAbsolute(folder)).map((folder) => path.join(folder, name));
}

function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Shows a rule's page, that of the rule under the cursor when none is named. */
async function explain(rule: unknown): Promise<void> {
  const named = typeof rule === 'string' ? rule : ruleAtCursor();
  const asked =
    named ??
    (await vscode.window.showInputBox({
      prompt: 'The rule, as category/name',
      placeHolder: 'query/n-plus-one',
      validateInput: (text) =>
        /^[a-z0-9-]+\/[a-z0-9-]+$/.test(text) ? undefined : 'category/name',
    }));
  if (asked === undefined) {
    return;
  }
  const uri = vscode.Uri.from({ scheme: PAGES, path: `${asked}.md` });
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}

function ruleAtCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return undefined;
  }
  const at = editor.selection.active;
  const found = vscode.languages
    .getDiagnostics(editor.document.uri)
    .find((one) => one.source === 'snell' && one.range.contains(at));
  const code = found?.code;
  return typeof code === 'object' ? String(code.value) : code?.toString();
}

/** The protocol's places are plain data; the editor's command wants its own. */
interface Place {
  uri: string;
  range: { start: Point; end: Point };
}

interface Point {
  line: number;
  character: number;
}

async function showReferences(uri: string, at: Point, places: Place[]): Promise<void> {
  const position = (point: Point) => new vscode.Position(point.line, point.character);
  await vscode.commands.executeCommand(
    'editor.action.showReferences',
    vscode.Uri.parse(uri),
    position(at),
    places.map(
      (place) =>
        new vscode.Location(
          vscode.Uri.parse(place.uri),
          new vscode.Range(position(place.range.start), position(place.range.end)),
        ),
    ),
  );
}
