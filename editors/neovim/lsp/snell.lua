-- For Neovim 0.11 and later: copy this file to `lsp/snell.lua` below your configuration
-- (`:echo stdpath('config')`) and write `vim.lsp.enable('snell')` in your `init.lua`.

---@param root string?
---@return string[]
local function command(root)
  local system = vim.uv.os_uname().sysname == 'Darwin' and 'darwin' or 'linux'
  local machine = vim.uv.os_uname().machine
  local arch = (machine == 'arm64' or machine == 'aarch64') and 'arm64' or 'x64'
  -- That of the project first: the same that its pipeline runs.
  local modules = root and vim.fs.joinpath(root, 'node_modules')
  -- pnpm keeps it beside the folder that the launcher's link leads to.
  local launcher = modules and vim.uv.fs_realpath(vim.fs.joinpath(modules, 'snell'))
  for _, holder in ipairs({ modules or '', launcher and vim.fs.dirname(launcher) or '' }) do
    local own = vim.fs.joinpath(holder, '@snell/cli-' .. system .. '-' .. arch .. '/snell')
    if holder ~= '' and vim.uv.fs_stat(own) then
      return { own, 'lsp' }
    end
  end
  return { 'snell', 'lsp' }
end

return {
  cmd = function(dispatchers, config)
    return vim.lsp.rpc.start(command(config and config.root_dir), dispatchers)
  end,
  filetypes = {
    'prisma',
    'sql',
    'typescript',
    'typescriptreact',
    'javascript',
    'javascriptreact',
    'json',
    'jsonc',
  },
  root_markers = {
    { 'snell.jsonc', 'snell.json', '.snell.jsonc' },
    { 'pnpm-workspace.yaml', 'nx.json', 'turbo.json' },
    '.git',
  },
  -- `run`: 'onType' or 'onSave'; `diagnostics`: 'workspace' or 'openFiles'.
  init_options = { run = 'onType', diagnostics = 'workspace' },
}
