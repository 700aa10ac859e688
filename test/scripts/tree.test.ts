import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { layOut } from '../../scripts/debian/tree.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCS = 'usr/share/doc/tillbridge'

test('the package brings every page, each where the others name it, and what the unit and the configuration name', t => {
  const tree = mkdtempSync(join(tmpdir(), 'tillbridge-tree-'))
  t.after(() => rmSync(tree, { recursive: true }))
  layOut(ROOT, tree)
  const pages = globSync('**/*.md', { cwd: join(tree, DOCS) })
  assert.ok(pages.includes('README.md') && pages.includes('docs/installation.md'), pages.join())
  for (const page of pages) {
    const text = readFileSync(join(tree, DOCS, page), 'utf8')
    for (const [, file = ''] of text.matchAll(/\]\(([\w./-]+\.\w+)(?:#[^)]*)?\)/g))
      assert.ok(existsSync(join(tree, DOCS, dirname(page), file)), `${page}: ${file}`)
  }
  for (const file of ['usr/share/tillbridge/box.yaml', 'usr/lib/systemd/system/tillbridge.service']) {
    const named = [...readFileSync(join(tree, file), 'utf8').matchAll(/\/(usr\/share\/doc\/\S+)/g)].map(([, path = '']) => path)
    assert.ok(named.length > 0, file)
    for (const path of named) assert.ok(existsSync(join(tree, path)), `${file}: ${path}`)
  }
})
