// The sign-in page: a user name, a password and, as a demo's stand-in for WebAuthn, a "security key" button.
import { timingSafeEqual } from 'node:crypto'

const MOST_BODY_BYTES = 8192
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 Inter, "Segoe UI", sans-serif }
body { display: grid; place-items: center; min-height: 95vh; margin: 0 }
main { width: 22rem; padding: 2rem; border: 1px solid #8886; border-radius: 12px }
h1 { font-size: 1.25rem; margin: 0 0 .25rem }
p { margin: 0 0 1rem; opacity: .8 }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600 }
input, button { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; border-radius: 8px; border: 1px solid #8888 }
button { margin-top: 1rem; cursor: pointer }
button.main { background: #1f5fbf; color: #fff; border-color: #1f5fbf }
[role=alert] { color: #b3261e; font-weight: 600 }
`

const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

function page ({ uid, username, problem, reason }) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in - demo practice</title><style>${STYLE}</style></head>
<body><main><h1>Sign in to the demo practice</h1>
<p>${escaped(reason)} Everyone here is synthetic; the security key is only a button.</p>
${problem ? `<p role="alert">${escaped(problem)}</p>` : ''}
<form method="post" action="/sign-in/${escaped(uid)}">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" required autofocus value="${escaped(username)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button class="main" name="method" value="security_key">Sign in with security key</button>
<button name="method" value="password">Sign in with password only</button>
</form></main></body></html>`
}

function send (response, status, html) {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    'referrer-policy': 'no-referrer'
  })
  response.end(html)
}

async function readForm (request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MOST_BODY_BYTES) throw new RangeError('form too large')
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

function samePassword (given, expected) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

export async function showLogin ({ provider, request, response }) {
  const { uid, prompt, params } = await provider.interactionDetails(request, response)
  const reason = prompt.reasons.some((name) => ['login_prompt', 'max_age'].includes(name))
    ? 'Confirm that it is you.'
    : 'Use a demo account.'
  send(response, 200, page({ uid, username: params.login_hint ?? '', problem: '', reason }))
}

export async function answerLogin ({ provider, request, response, people, acr }) {
  const { uid } = await provider.interactionDetails(request, response)
  const form = await readForm(request)
  const username = form.get('username') ?? ''
  const person = people.get(username)
  if (person === undefined || !samePassword(form.get('password') ?? '', person.password)) {
    return send(response, 403, page({ uid, username, problem: 'User name or password is wrong.', reason: '' }))
  }
  const withKey = form.get('method') === 'security_key'
  const login = {
    accountId: username,
    acr: withKey ? acr.securityKey : acr.password,
    amr: withKey ? ['pwd', 'hwk'] : ['pwd'],
    remember: true
  }
  await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false })
}
