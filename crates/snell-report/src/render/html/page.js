// What the page does: shows one part at a time, filters, moves with the keyboard, pans the diagram.
// Everything that it shows is there already: it sets classes, attributes and plain text, and makes no element.
(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');
  const store = {
    get() { try { return localStorage.getItem('snell-theme'); } catch { return null; } },
    set(value) { try { localStorage.setItem('snell-theme', value); } catch { /* private windows, some file: pages */ } },
  };
  const kept = store.get();
  if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const named = (id) => document.getElementById(id);

  document.addEventListener('DOMContentLoaded', () => {
    themes();
    const filter = filters();
    const diagram = canvas();
    const route = router(filter, diagram);
    rowFilters();
    copies();
    printing();
    keyboard(filter, route);
    route();
  });

  function themes() {
    named('theme').addEventListener('click', () => {
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
      store.set(root.dataset.theme);
    });
    const keys = named('keys');
    named('help').addEventListener('click', () => keys.showModal());
  }

  // `#findings?severity=high&area=4`, `#ISO-9f3c`, `#model-User`: the part that holds what is named is shown.
  function router(filter, diagram) {
    const parts = all('.part');
    const places = new Map();
    let shown = null;
    const links = all('nav a');
    const route = () => {
      const [raw, query] = location.hash.slice(1).split('?');
      let id = raw;
      try { id = decodeURIComponent(raw); } catch { /* not an address of ours */ }
      // A link that was copied from the document writes a finding's number in small letters.
      const target = (id && (named(id) || named(id.replace(/^[a-z]+(?=-)/, (letters) => letters.toUpperCase())))) || parts[0];
      const part = target.closest('.part') || parts[0];
      if (shown && shown !== part) places.set(shown.id, scrollY);
      const changed = shown !== part;
      parts.forEach((one) => one.classList.toggle('on', one === part));
      shown = part;
      for (const link of links) {
        if (link.hash === '#' + part.dataset.nav) {
          link.setAttribute('aria-current', 'page');
          // At once: what moves the page after it would end a smooth one.
          link.scrollIntoView({ block: 'nearest', inline: 'center', behavior: 'instant' });
        } else link.removeAttribute('aria-current');
      }
      if (part.id === 'findings' && filter && target === part) filter.load(query);
      if (part.id === 'diagram' && diagram) diagram.shown(query);
      if (target === part) {
        if (changed) scrollTo({ top: query ? 0 : places.get(part.id) || 0, behavior: 'instant' });
        return;
      }
      if (filter) filter.reveal(target);
      for (let fold = target.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
      target.scrollIntoView({ block: 'start', behavior: 'instant' });
      const row = target.matches('details') ? target.querySelector('summary') : target;
      row.focus({ preventScroll: true });
    };
    addEventListener('hashchange', route);
    document.addEventListener('click', (event) => {
      const link = event.target.closest('a[data-query], a[data-table]');
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const query = link.dataset.query || 'table=' + encodeURIComponent(link.dataset.table);
      location.hash = link.hash + '?' + query;
    });
    return route;
  }

  function filters() {
    const form = named('filters');
    if (!form) return null;
    const findings = all('.finding').map((node) => ({ node, words: null, files: null }));
    const groups = all('.rule');
    const none = document.querySelector('.none');
    const read = () => {
      const data = new FormData(form);
      const text = (name) => String(data.get(name) || '').trim().toLowerCase();
      return {
        text: text('text').split(/\s+/).filter(Boolean), file: text('file'), area: data.get('area') || '',
        category: data.get('category') || '', confidence: data.get('confidence') || '', severity: data.getAll('severity'),
      };
    };
    const passes = (one, want) => {
      const data = one.node.dataset;
      if (want.severity.length && !want.severity.includes(data.severity)) return false;
      if (want.area && want.area !== data.area) return false;
      if (want.category && want.category !== data.category) return false;
      if (want.confidence && want.confidence !== data.confidence) return false;
      if (want.file) {
        one.files ??= all('figcaption .at', one.node).map((at) => at.textContent.toLowerCase());
        if (!one.files.some((file) => file.includes(want.file))) return false;
      }
      if (want.text.length) {
        one.words ??= (one.node.textContent + ' ' + one.node.parentElement.querySelector('.sub').textContent).toLowerCase();
        if (!want.text.every((word) => one.words.includes(word))) return false;
      }
      return true;
    };
    const apply = () => {
      const want = read();
      let count = 0;
      for (const one of findings) {
        const pass = passes(one, want);
        one.node.hidden = !pass;
        count += pass;
      }
      for (const group of groups) group.hidden = !group.querySelector('.finding:not([hidden])');
      none.hidden = count > 0;
      named('shown').textContent = count === findings.length ? count + ' findings' : count + ' of ' + findings.length;
    };
    const save = () => {
      const query = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
      const text = query.toString();
      history.replaceState(null, '', '#findings' + (text ? '?' + text : ''));
    };
    let waiting = 0;
    form.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { apply(); save(); }, 80);
    });
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('reset', () => setTimeout(() => { apply(); save(); }, 0));
    const unfold = named('unfold');
    unfold.addEventListener('click', () => {
      const fold = unfold.textContent === 'Fold all';
      for (const one of findings) if (!one.node.hidden) one.node.open = !fold;
      unfold.textContent = fold ? 'Unfold all' : 'Fold all';
    });
    return {
      load(query) {
        if (query === undefined) return;
        form.reset();
        for (const [name, value] of new URLSearchParams(query)) {
          for (const field of all('[name]', form)) {
            if (field.name !== name) continue;
            if (field.type !== 'checkbox') field.value = value;
            else if (field.value === value) field.checked = true;
          }
        }
        apply();
      },
      // What a link leads to is shown, whatever the filters say.
      reveal(target) {
        const finding = target.closest('.finding');
        if (finding && finding.hidden) { form.reset(); apply(); }
      },
      search() { location.hash = '#findings'; setTimeout(() => form.elements.text.focus(), 0); },
    };
  }

  // A field above a list leaves the rows that contain all the words.
  function rowFilters() {
    for (const field of all('.row-filter')) {
      let list = field.nextElementSibling;
      while (list && !list.matches('.rows') && !list.querySelector('.rows')) list = list.nextElementSibling;
      if (!list) continue;
      const rows = list.matches('div.rows') ? [...list.children] : all('tbody tr', list);
      field.addEventListener('input', () => {
        const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
        for (const row of rows) {
          const text = (row.querySelector('summary') || row).textContent.toLowerCase();
          row.hidden = !words.every((word) => text.includes(word));
        }
      });
    }
  }

  function copies() {
    document.addEventListener('click', async (event) => {
      const at = event.target.closest('.at');
      if (!at || !('copy' in at.dataset) || String(getSelection())) return;
      event.preventDefault();
      try {
        await navigator.clipboard.writeText(at.dataset.copy || at.textContent);
        at.classList.add('copied');
        setTimeout(() => at.classList.remove('copied'), 1200);
      } catch {
        getSelection().selectAllChildren(at);
      }
    });
  }

  // On paper all that the part shows is unfolded; the button prints all parts.
  function printing() {
    let opened = [];
    addEventListener('beforeprint', () => {
      opened = all(root.classList.contains('whole') ? 'details:not([open])' : '.part.on details:not([open])');
      opened.forEach((one) => { one.open = true; });
    });
    addEventListener('afterprint', () => {
      opened.forEach((one) => { one.open = false; });
      root.classList.remove('whole');
    });
    named('print').addEventListener('click', () => { root.classList.add('whole'); print(); });
  }

  function keyboard(filter, route) {
    const rows = () => all('.part.on :is(.finding:not([hidden]) > summary, details.row:not([hidden]) > summary, table.rows tbody tr:not([hidden]), .first a)')
      .filter((row) => row.getClientRects().length > 0);
    const step = (by) => {
      const list = rows();
      if (!list.length) return;
      const now = document.activeElement.closest('summary, tr, a');
      const at = list.indexOf(now);
      const next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)];
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: 'nearest', behavior: 'instant' });
    };
    addEventListener('keydown', (event) => {
      const typing = event.target.matches('input:not([type=checkbox]), select, textarea');
      if (event.key === 'Escape' && typing) { event.target.blur(); return; }
      if (typing || event.ctrlKey || event.metaKey || event.altKey || named('keys').open) return;
      const links = all('nav a');
      if (event.key === '/') {
        const own = document.querySelector('.part.on .row-filter, .part.on #find-table');
        if (own && own.closest('.part').id !== 'findings') own.focus();
        else if (filter) filter.search();
      } else if (event.key === 'j') step(1);
      else if (event.key === 'k') step(-1);
      else if (event.key === 'u') history.back();
      else if (event.key === '?') named('keys').showModal();
      else if (event.key === 't') named('theme').click();
      else if (event.key >= '1' && event.key <= '9' && links[event.key - 1]) location.hash = links[event.key - 1].hash;
      else if (event.key === 'Enter' && event.target.matches('tr')) {
        const link = event.target.querySelector('a');
        if (!link) return;
        link.click();
      } else return;
      event.preventDefault();
    });
  }

  // The diagram: a window on it that moves and grows.
  function canvas() {
    const frame = named('canvas');
    const svg = frame && frame.querySelector('svg');
    if (!svg) return null;
    const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
    const tables = all('.table', svg);
    let view = null;
    const draw = () => svg.setAttribute('viewBox', view.join(' '));
    svg.setAttribute('preserveAspectRatio', 'xMinYMin meet');
    const EDGE = 16;
    // Where each table is: left, top, right, bottom.
    const boxes = () => tables.map((table) => {
      const box = table.getBBox();
      const own = table.transform.baseVal.consolidate().matrix;
      const around = table.parentElement.transform.baseVal.consolidate();
      const [left, top] = around ? [own.e + around.matrix.e, own.f + around.matrix.f] : [own.e, own.f];
      return [left, top, left + box.width, top + box.height];
    });
    // The window on all tables, in the frame's own form.
    const whole = (all) => {
      const box = frame.getBoundingClientRect();
      const [left, top] = [0, 1].map((n) => Math.min(...all.map((one) => one[n])) - EDGE);
      const [right, bottom] = [2, 3].map((n) => Math.max(...all.map((one) => one[n])) + EDGE);
      const by = Math.max((right - left) / box.width, (bottom - top) / box.height);
      return [left - (box.width * by - (right - left)) / 2, top, box.width * by, box.height * by];
    };
    const fit = () => { view = tables.length ? whole(boxes()) : [0, 0, width, height]; draw(); };
    // All tables, or as many as words can be read of.
    const begin = () => {
      fit();
      const SMALLEST = 1.35;
      if (!tables.length) return;
      const box = frame.getBoundingClientRect();
      if (scale() <= SMALLEST) {
        // Few tables need no window of the whole height.
        const own = boxes();
        const high = Math.max(...own.map((one) => one[3])) - Math.min(...own.map((one) => one[1])) + 2 * EDGE;
        const needed = Math.max(Math.ceil(high / scale()), 240);
        if (needed < box.height) { frame.style.height = `${needed}px`; fit(); }
        return;
      }
      const [wide, high] = [box.width * SMALLEST, box.height * SMALLEST];
      const all = boxes();
      let most = 0;
      // Corners of one table each; of few tables, those between two as well.
      const corners = all.length > 60 ? all : all.flatMap(([left]) => all.map(([, top]) => [left, top]));
      // Nothing is seen past the last table.
      const last = [2, 3].map((n) => Math.max(...all.map((one) => one[n])) + EDGE);
      const first = [0, 1].map((n) => Math.min(...all.map((one) => one[n])) - EDGE);
      for (const [left, top] of corners) {
        const x = Math.max(Math.min(left - EDGE, last[0] - wide), first[0]);
        const y = Math.max(Math.min(top - EDGE, last[1] - high), first[1]);
        const within = all.map((one) => one[0] >= x && one[1] >= y && one[2] <= x + wide && one[3] <= y + high);
        // Owners belong to what is seen first.
        const owner = within.some((seen, n) => seen && tables[n].classList.contains('owner'));
        const seen = within.filter(Boolean).length + (owner ? all.length : 0);
        if (seen > most) { most = seen; view = [x, y, wide, high]; }
      }
      if (!most) view = [all[0][0] - EDGE, all[0][1] - EDGE, wide, high];
      draw();
    };
    // So near that words can be read.
    const near = (x, y) => {
      const box = frame.getBoundingClientRect();
      view = [x - box.width / 2, y - box.height / 2, box.width, box.height];
      draw();
    };
    const scale = () => {
      const box = frame.getBoundingClientRect();
      return Math.max(view[2] / box.width, view[3] / box.height);
    };
    const zoom = (by, at) => {
      const size = Math.min(Math.max(view[2] * by, 200), width * 3);
      const factor = size / view[2];
      const [x, y] = at || [view[0] + view[2] / 2, view[1] + view[3] / 2];
      view = [x - (x - view[0]) * factor, y - (y - view[1]) * factor, view[2] * factor, view[3] * factor];
      draw();
    };
    const point = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const middle = (table) => {
      const box = table.getBBox();
      const at = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
      const to = svg.getScreenCTM().inverse().multiply(table.getScreenCTM());
      return at.matrixTransform(to);
    };
    const touching = (line, table) => {
      const box = table.getBBox();
      const move = table.transform.baseVal.consolidate().matrix;
      const [left, right] = [move.e - 2, move.e + box.width + 2];
      const [top, bottom] = [move.f - 2, move.f + box.height + 2];
      const ends = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())];
      return ends.some((end) => end.x >= left && end.x <= right && end.y >= top && end.y <= bottom);
    };
    let ends = null;
    // Which tables each line leads to, found when it is first asked.
    const linked = () => {
      ends ??= all('.line', svg).filter((line) => line.closest('g'))
        .map((line) => ({ line, tables: tables.filter((table) => touching(line, table)) }));
      return ends;
    };
    const choose = (table) => {
      all('.near, .picked', svg).forEach((one) => one.classList.remove('near', 'picked'));
      svg.classList.toggle('chosen', Boolean(table));
      if (!table) return;
      table.classList.add('near', 'picked');
      for (const { line, tables: both } of linked()) {
        if (!both.includes(table)) continue;
        line.classList.add('near');
        both.forEach((one) => one.classList.add('near'));
      }
    };
    const open = (table) => { location.hash = '#' + encodeURIComponent(table.id.replace('table-', 'model-')); };
    const press = (table) => {
      if (!table) choose(null);
      else if (table.classList.contains('picked')) open(table);
      else choose(table);
    };
    for (const table of tables) {
      table.setAttribute('tabindex', '0');
      table.setAttribute('role', 'link');
    }
    const fingers = new Map();
    let from = null;
    let moved = false;
    let pinch = 0;
    const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
    frame.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (fingers.size === 2) pinch = spread();
      from = { x: event.clientX, y: event.clientY, table: event.target.closest('.table') };
      moved = false;
    });
    frame.addEventListener('pointermove', (event) => {
      const last = fingers.get(event.pointerId);
      if (!last) return;
      if (!moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 4) return;
      if (!moved) { moved = true; frame.setPointerCapture(event.pointerId); frame.classList.add('moving'); }
      const by = scale();
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (fingers.size === 2) {
        const now = spread();
        if (pinch > 0 && now > 0) zoom(pinch / now, null);
        pinch = now;
        return;
      }
      view[0] -= (event.clientX - last[0]) * by;
      view[1] -= (event.clientY - last[1]) * by;
      draw();
    });
    const end = (event) => {
      if (!fingers.delete(event.pointerId)) return;
      frame.classList.remove('moving');
      if (!moved && event.type === 'pointerup') press(from.table);
    };
    frame.addEventListener('pointerup', end);
    frame.addEventListener('pointercancel', end);
    frame.addEventListener('wheel', (event) => {
      event.preventDefault();
      const at = point(event);
      zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), [at.x, at.y]);
    }, { passive: false });
    frame.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const by = scale() * 60;
      const moves = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
      const table = event.target.closest('.table');
      if (moves[event.key]) { view[0] += moves[event.key][0]; view[1] += moves[event.key][1]; draw(); }
      else if (event.key === '+' || event.key === '=') zoom(0.8);
      else if (event.key === '-') zoom(1.25);
      else if (event.key === '0') fit();
      else if (event.key === 'Enter' && table) press(table);
      else if (event.key === 'Escape') choose(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    named('zoom-in').addEventListener('click', () => zoom(0.7));
    named('zoom-out').addEventListener('click', () => zoom(1.4));
    named('zoom-fit').addEventListener('click', fit);
    const go = (table) => {
      if (!table) return;
      choose(table);
      const at = middle(table);
      near(at.x, at.y);
    };
    const find = named('find-table');
    find.addEventListener('change', () => {
      const wanted = find.value.trim().toLowerCase();
      go(wanted && tables.find((table) => table.querySelector('.name').textContent.toLowerCase() === wanted));
    });
    return {
      shown(query) {
        if (!view) begin();
        const wanted = new URLSearchParams(query || '').get('table');
        if (wanted) go(named(wanted));
      },
    };
  }
})();
