import { describe, expect, test } from 'vitest';
import { afterLoad, openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';
import { CARD_NUMBERS, SECRET_FIELDS } from '../support/fields.js';

useBrowser();

/** The target of a submitted form: a frame, so that the page stays. */
const SINK = '<iframe name="sink" hidden></iframe>';

async function ready(body: string, head = ''): Promise<Site> {
  const site = await openSite();
  await site.open(script(head) + snippets.bare(site.collector), { body: SINK + body });
  await afterLoad(site.page, 'undefined');
  return site;
}

/** The properties of the only event that was stored. */
async function sent(site: Site): Promise<Record<string, unknown>> {
  const [{ _p, _t, _i, _n, ...properties }] = (await site.stored(1)) as [Record<string, unknown>];
  expect([_p, _t, _i, _n]).not.toContain(undefined);
  return properties;
}

describe('which fields a submit sends (docs/reference.md#5.8)', () => {
  test('the fields that its rules permit, and no others', async () => {
    const site = await ready(`<form id="f" target="sink">
      <input name="first_name" value="Ada"><input value="nameless"><input name="a[b]" value="1">
      <input name="a[b][c]" value="2"><input name="c[]" type="checkbox" value="x,y" checked>
      <input name="c[]" type="checkbox" value="a" checked><input name="c[]" type="checkbox" value="off">
      <input name="off" type="checkbox" value="1"><input name="size" type="radio" value="s">
      <input name="size" type="radio" value="l" checked><input name="email" type="email" value="ada@example.com">
      <input name="contact" type="email" value="no@identity.test"><input name="skipped" class="km_ignore" value="secret">
      <textarea name="note">secret</textarea><textarea name="wish" class="km_include">tea</textarea>
      <input name="plan" type="hidden" class="km_include" value="pro"><input name="phone" type="tel" class="km_include" value="1">
      <input name="password" type="password" class="km_include" value="secret">
      <input name="card" class="km_include" value="secret">
      <textarea name="other" class="not-km_include km_included">secret</textarea>
      <input name="kept" class="not-km_ignore km_ignored" value="yes">
      <select name="leaf"><option value="">Loose</option></select>
      <select name="days"><option value="7" selected>a week</option></select>
      <select multiple><option selected>nameless</option><option selected>too</option></select><input name="[]" value="nameless">
      <fieldset name="set"><input name="empty" value=""></fieldset><output name="out">1</output>
      <button name="button" value="secret">Go</button></form><input form="f" name="outside" value="yes">`);
    await site.page.evaluate(`KM.trackSubmit('f', 'Sent', { first_name: 'explicit' })`);
    await site.page.click('text=Go');
    expect(await sent(site)).toEqual({
      ...{ first_name: 'explicit', a_b: '1', 'a_b[c]': '2', c: 'a,x y', size: 'l', email: 'ada@example.com' },
      ...{ wish: 'tea', plan: 'pro', phone: '1', leaf: 'Loose', days: '7', empty: '', outside: 'yes', kept: 'yes' },
    });
    expect(site.hits.map(String).join()).not.toContain('nameless');
  });

  test(`none of ${SECRET_FIELDS.length} fields of real checkouts and logins, and no card number in any field`, async () => {
    expect(SECRET_FIELDS.length).toBeGreaterThanOrEqual(200);
    const site = await ready(`<form id="f" target="sink" enctype="multipart/form-data" method="post"></form>`);
    await site.page.evaluate(
      ({ fields, numbers }) => {
        const form = document.querySelector('form')!;
        for (const [index, { type, name, autocomplete }] of fields.entries()) {
          const tag = /select|textarea|button/.test(type) ? type : 'input';
          const field = document.createElement(tag) as HTMLInputElement;
          if (tag === 'input') field.type = type;
          field.name = name;
          if (autocomplete) field.setAttribute('autocomplete', autocomplete);
          if (tag === 'select') field.append(new Option(`secret ${index}`, `secret ${index}`, true, true));
          else if (type !== 'file') field.value = `secret ${index}`;
          if (/radio|checkbox/.test(type)) field.checked = true;
          form.append(field);
        }
        for (const [index, number] of numbers.entries()) {
          const field = document.createElement('input');
          field.name = `harmless_${index}`;
          field.value = number;
          form.append(field);
        }
        const km = (window as unknown as { KM: { trackSubmit(t: string, n: string): void } }).KM;
        km.trackSubmit('f', 'Ordered');
        form.noValidate = true;
        form.requestSubmit();
      },
      { fields: SECRET_FIELDS, numbers: CARD_NUMBERS },
    );
    expect(await sent(site)).toEqual({});
    // Not the whole URL: the port of the collector, the time and the id may contain the digits of a card.
    const names = site.hits.flatMap(({ searchParams }) => [...searchParams.keys()]);
    expect(names.filter((name) => !/^_[kpntid]$/.test(name))).toEqual([]);
  });

  test('fields with names that only look similar to secret ones are sent', async () => {
    const names = ['first_name', 'company', 'city', 'shipping_city', 'opinion', 'success', 'account', 'size', 'accept'];
    names.push(
      'shipping',
      'shipping_code',
      'spinner',
      'pinterest',
      'opinion_code',
      'partnership_income',
      'spinning_number',
    );
    const fields = names.map((name) => `<input name="${name}" value="v">`).join('');
    const site = await ready(`<form id="f" target="sink">${fields}<button>Go</button></form>`);
    await site.page.evaluate(`KM.trackForm('#f', 'Sent')`);
    await site.page.click('text=Go');
    expect(Object.keys(await sent(site))).toEqual(names.filter((name) => name !== 'account'));
  });

  test('a form with fields that are called id, elements or submit works', async () => {
    const site = await ready(`<form id="f" class="form" target="sink">
      <input name="id" value="1"><input name="submit" value="2"><input name="classList" value="3"><button>Go</button></form>`);
    await site.page.evaluate(`KM.trackSubmit('f', 'By id'); KM.trackSubmit('.form', 'By class')`);
    await site.page.click('text=Go');
    const hits = await site.stored(2);
    expect(hits).toMatchObject([
      { _n: 'By id', id: '1', submit: '2', classList: '3' },
      { _n: 'By class', id: '1' },
    ]);
    expect(site.errors).toEqual([]);
  });

  test('a form works with fields that have the names of all members of an element or a form', async () => {
    const site = await ready('<form id="f" class="form" target="sink"></form>');
    const count = await site.page.evaluate(`(() => {
      const names = new Set();
      for (let type = HTMLFormElement.prototype; type; type = Object.getPrototypeOf(type))
        for (const name of Object.getOwnPropertyNames(type)) names.add(name);
      names.add('hostname').add('href').add('search').add('then');
      for (const name of names) {
        const field = document.createElement('input');
        field.name = name;
        field.value = 'v';
        Element.prototype.append.call(f, field);
      }
      for (const target of ['f', '.form', 'form[target]', f, [f]]) KM.trackSubmit(target, 'Sent by ' + Object.prototype.toString.call(target) + typeof target + (target.length > 2 ? target : ''));
      for (const target of ['.form', f]) KM.trackClick(target, 'Clicked by ' + typeof target);
      const button = document.createElement('button');
      Element.prototype.append.call(f, button);
      button.click();
      return [...names].filter((name) => !/^__proto__$|accessKey|autocomplete|.*(pin|pass|exp|secur|card)/i.test(name)).length;
    })()`);
    const hits = await site.stored(7);
    expect(hits.filter(({ _n }) => String(_n).startsWith('Sent'))).toHaveLength(5);
    expect(hits.filter(({ _n }) => String(_n).startsWith('Clicked'))).toHaveLength(2);
    for (const hit of hits.filter(({ _n }) => String(_n).startsWith('Sent')))
      expect(hit).toMatchObject({
        id: 'v',
        elements: 'v',
        getAttribute: 'v',
        matches: 'v',
        nodeType: 'v',
        hostname: 'v',
      });
    expect(count).toBeGreaterThan(200);
    expect(site.errors).toEqual([]);
    expect(site.console).toEqual([]);
  });

  test('a multiple select: all chosen values, as a list', async () => {
    const options = '<option value="b" selected>B<option value="a,1" selected>A<option>C<option selected value="">Text';
    const site = await ready(`<form id="f" target="sink">
      <select name="plain" multiple>${options}</select><select name="list[]" multiple>${options}</select>
      <input name="list[]" value="typed"><select name="one" multiple><option value="x,y" selected></select>
      <select name="none" multiple><option>A</select><select name="single"><option>A,<option selected>B, c</select>
      <select name="group" multiple><optgroup label="G"><option selected>in</optgroup><option selected>out</select>
      <select name="user_name" multiple><option selected>ada<option selected>bob</select>
      <input name="constructor[]" value="x"><input name="__proto__[]" value="y"><button>Go</button></form>`);
    await site.page.evaluate(`KM.trackSubmit('f', 'Sent')`);
    await site.page.click('text=Go');
    expect(await sent(site)).toEqual({
      ...{ plain: 'Text,a 1,b', list: 'Text,a 1,b,typed', one: 'x,y', none: '', single: 'B, c' },
      ...{ group: 'in,out', user_name: 'ada,bob', constructor: 'x', ['__proto__']: 'y' },
    });
  });

  test('no secret in a multiple select, and no path of a file', async () => {
    const site = await ready(`<form id="f" target="sink">
      <select name="whole" multiple><option selected>x<option selected>4111 1111 1111 1111</select>
      <select name="first" multiple><option selected>5555555555554444<option selected>x</select>
      <select name="parts[]" multiple><option selected>4111<option selected>1112<option selected>1113<option selected>1114</select>
      <select name="pin" multiple><option selected>1<option selected>2</select>
      <select name="any" autocomplete="cc-exp" multiple><option selected>12<option selected>30</select>
      <input type="file" name="photo" class="km_include"><input name="profile" value="sent"><button>Go</button></form>`);
    await site.page.setInputFiles('[name=photo]', {
      name: 'secret.png',
      mimeType: 'image/png',
      buffer: Buffer.from('x'),
    });
    await site.page.evaluate(`KM.trackSubmit('f', 'Sent')`);
    await site.page.click('text=Go');
    expect(await sent(site)).toEqual({ profile: 'sent' });
  });

  // The name of the field says nothing to the tracker.
  test.each([
    ['typed, then shown in the same field', `k.type = 'text'`],
    ['filled in by the browser, then shown', `k.type = 'text'`],
    ['shown in another field of the same name', `k.outerHTML = '<input name=kennwort id=k value=' + k.value + '>'`],
    ['shown in a shadow root', `root.querySelector('input').type = 'text'`],
    ['filled in by the browser, then shown in a shadow root', `root.querySelector('input').type = 'text'`],
    ['filled in by the browser, then shown while the button is pressed', `k.type = 'text'`, 'onmousedown'],
    ['filled in by the browser, then shown by the first event of a press', `k.type = 'text'`, 'onpointerdown'],
  ])('no password that was %s', async (title, show, event = 'onclick') => {
    const fields = `<input type="password" name="kennwort" id="k"><input name="first" value="Ada">
      <button type="button" class="show">Show</button><button class="go">Go</button>`;
    const form = `<form id="f" onsubmit="return false">${fields}</form>`;
    const site = await ready(title.endsWith('root') ? '<p id="host"></p>' : form);
    if (title.endsWith('root'))
      await site.page.evaluate(`root = host.attachShadow({ mode: 'open' }); root.innerHTML = \`${form}\``);
    await site.page.evaluate(`KM.trackSubmit('f', 'Sent')`);
    const isFilled = title.startsWith('filled');
    if (isFilled) await site.page.evaluate(`(window.root || document).querySelector('#k').value = 'geheim'`);
    else await site.page.fill('input[name=kennwort]', 'geheim');
    await site.page.evaluate(`(window.root || document).querySelector('.show').${event} = () => { ${show} }`);
    await site.page.click('.show');
    expect(await site.page.locator('input[name=kennwort]').getAttribute('type')).not.toBe('password');
    await site.page.click('.go');
    expect(await sent(site)).toEqual({ first: 'Ada' });
    expect(site.hits.map(String).join()).not.toContain('geheim');
  });

  test('custom elements among the fields, with any values; a field that cannot be read does not stop the event', async () => {
    const site = await ready('<form id="f" target="sink"><input name="a" value="1"></form>');
    await site.page.evaluate(`
      for (const [name, members] of Object.entries({ 'own-number': { value: 5, name: 'n[]', type: 'text' }, 'own-bare': {},
          'own-list': { value: ['x'], name: 'l', type: 'text' } })) {
        customElements.define(name, Object.assign(class extends HTMLElement { static formAssociated = true }));
        f.append(Object.assign(document.createElement(name), members));
      }
      KM.trackSubmit('f', 'Sent');
      f.requestSubmit();
    `);
    expect(await site.stored(1)).toMatchObject([{ _n: 'Sent', a: '1', n: '5', l: 'x' }]);
    await site.page.evaluate(`
      customElements.define('own-error', class extends HTMLElement { static formAssociated = true; get value() { throw Error('mine'); } });
      f.append(document.createElement('own-error'));
      f.requestSubmit();
    `);
    expect((await site.stored(2))[1]).toMatchObject({ _n: 'Sent' });
    expect(site.errors).toEqual([]);
  });

  test('of the form, although the target is an element around it', async () => {
    const site = await ready(
      '<div class="box"><form target="sink"><input name="a" value="1"><button>Go</button></form></div>',
    );
    await site.page.evaluate(`KM.trackSubmit('.box', 'Sent')`);
    await site.page.click('text=Go');
    expect(await sent(site)).toEqual({ a: '1' });
  });

  test('KM_SKIP_FORM_FIELDS is read at each submit: then only the event is sent', async () => {
    const site = await ready('<form id="f" target="sink"><input name="a" value="1"><button>Go</button></form>');
    await site.page.evaluate(`KM_SKIP_FORM_FIELDS = 1; KM_FORM_IDENTITY = 1; KM.trackSubmit('f', 'Sent', { b: 2 })`);
    await site.page.click('text=Go');
    expect(await sent(site)).toEqual({ b: '2' });
  });
});

describe('when a form is submitted', () => {
  test('by the Enter key, by a script, in a shadow root, by a button outside with form=, and for forms that are added later', async () => {
    const site = await ready('<div id="host"></div><button form="late" id="out">Outside</button>');
    await site.page.evaluate(`
      KM.trackSubmit('.later', 'Later');
      KM.trackSubmit('inner', 'Inside');
      document.body.insertAdjacentHTML('beforeend', '<form id="late" class="later" target="sink"><input name="step"></form>');
      host.attachShadow({ mode: 'open' }).innerHTML =
        '<form id="inner" target="sink"><input id="field" name="step" value="key"></form>';
      document.addEventListener('submit', (event) => event.stopImmediatePropagation());
    `);
    const { page } = site;
    const step = async (value: string) => {
      // The same event twice in a second would count once, and the test would show nothing.
      await page.waitForTimeout(1100);
      await page.evaluate(`late.step.value = '${value}'`);
    };
    await step('outside');
    await page.click('#out');
    await step('script');
    await page.evaluate('late.requestSubmit()');
    await step('enter');
    await page.focus('.later input');
    await page.keyboard.press('Enter');
    await page.focus('#field');
    await page.keyboard.press('Enter');
    // Ids sort by the moment of the push.
    const hits = (await site.stored(4)).sort((a, b) => (String(a._i) < String(b._i) ? -1 : 1));
    expect(hits.map(({ _n, step }) => [_n, step])).toEqual([
      ['Later', 'outside'],
      ['Later', 'script'],
      ['Later', 'enter'],
      ['Inside', 'key'],
    ]);
  });

  test('if the browser refuses its fields, there is no event', async () => {
    const site = await ready('<form id="f" target="sink"><input name="a" required><button>Go</button></form>');
    await site.page.evaluate(`KM.trackSubmit('f', 'Sent')`);
    await site.page.click('text=Go');
    await site.stored(0);
  });

  test('of a form that leads to another page, the hit arrives and so does the page, without delay', async () => {
    const site = await ready('<form id="f" action="/thanks"><input name="a" value="1"><button>Go</button></form>');
    await site.page.evaluate(`KM.trackSubmit('f', 'Sent')`);
    await site.page.click('text=Go');
    await site.page.waitForURL('**/thanks?a=1');
    expect(await sent(site)).toEqual({ a: '1' });
  });
});

describe('identity from a form (docs/reference.md#5.8)', () => {
  const form = `<form id="f" target="sink"><input name="user_login" value=" "><input name="Email" type="email" value="ada@example.com">
    <input name="username" value="ada"><button>Go</button></form>`;

  test('if the site asks for it: the first field that is not blank, as an alias before the event', async () => {
    const site = await ready(form, 'KM_FORM_IDENTITY = 1;');
    await site.page.evaluate(`KM.record('Came'); KM.trackSubmit('f', 'Signed Up')`);
    await site.page.click('text=Go');
    const [came, alias, signedUp] = await site.stored(3);
    expect(alias).toMatchObject({ _p: came!._p, _p2: 'ada@example.com' });
    expect(signedUp).toMatchObject({ _n: 'Signed Up', _p: 'ada@example.com' });
  });

  test('not from a box, a button or a list that is chosen: many visitors choose the same', async () => {
    const site = await ready(
      `<form id="f" target="sink"><input name="email_news" type="checkbox" value="yes" checked>
      <input name="login_as" type="radio" value="customer" checked><select name="username_kind"><option>private</select>
      <select name="user_logins" multiple><option selected>a<option selected>b</select>
      <input name="email" type="email" value="ada@example.com"><button>Go</button></form>`,
      'KM_FORM_IDENTITY = 1;',
    );
    await site.page.evaluate(`KM.trackSubmit('f', 'Signed Up')`);
    await site.page.click('text=Go');
    expect(await site.stored(1)).toMatchObject([{ _p: 'ada@example.com', email_news: 'yes', user_logins: 'a,b' }]);
  });

  test('not of a visitor who already has a name, and not unless the site asks for it', async () => {
    const named = await ready(form, 'KM_FORM_IDENTITY = 1;');
    await named.page.evaluate(`KM.identify('bob'); KM.trackSubmit('f', 'Signed Up')`);
    await named.page.click('text=Go');
    expect(await named.stored(1)).toMatchObject([{ _p: 'bob' }]);
    const unasked = await ready(form);
    await unasked.page.evaluate(`KM.trackSubmit('f', 'Signed Up')`);
    await unasked.page.click('text=Go');
    expect((await unasked.stored(1))[0]!._p).toMatch(/^[\w-]{21}$/);
  });
});
