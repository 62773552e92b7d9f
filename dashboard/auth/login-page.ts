export interface LoginPageState {
  next: string;
  user?: string;
  /** In words, shown above the fields. */
  message?: string;
}

/** The login page: one file without scripts or further requests, so that it works before anything may be loaded. */
export function loginPage(state: LoginPageState): string {
  const message = state.message ? `<p class="message" role="alert">${escapeHtml(state.message)}</p>` : '';
  return page(
    'Log in',
    `<form method="post" action="/login">
      ${message}
      <label for="user">User</label>
      <input id="user" name="user" value="${escapeHtml(state.user || 'admin')}" autocomplete="username"
        autocapitalize="none" autocorrect="off" spellcheck="false" required maxlength="64">
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required
        maxlength="256" autofocus>
      <input type="hidden" name="next" value="${escapeHtml(state.next)}">
      <button type="submit">Log in</button>
    </form>
    <p class="hint">The password of <b>admin</b> was shown in the terminal at the first start, unless it was set as
    <b>REELFLOW_ADMIN_PASSWORD</b>.</p>`,
  );
}

export function adminsOnlyPage(user: string, role: string): string {
  return page(
    'For administrators',
    `<h2>For administrators</h2>
    <p>The flow editor is open to users with the role <b>admin</b>. You are logged in as <b>${escapeHtml(user)}</b>
    with the role <b>${escapeHtml(role)}</b>.</p>
    <p class="links"><a class="button" href="/dashboard">Go to the dashboard</a>
    <a href="/login?next=/admin/">Log in as somebody else</a></p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Reelflow</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(LOGO)}">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${LOGO}<span>Reelflow</span></h1>
${body}
</main>
</body>
</html>
`;
}

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true"><rect width="48" height="48" rx="11" fill="#1d6f78"/><circle cx="21" cy="24" r="12" fill="none" stroke="#fff" stroke-width="3.4"/><circle cx="21" cy="24" r="4.6" fill="#ff6b57"/><path d="M21 36h19" stroke="#fff" stroke-width="3.4" stroke-linecap="round"/></svg>`;

const STYLE = `
:root{--page:#eef2f3;--card:#fff;--text:#17262a;--quiet:#55676c;--line:#c3d0d3;--accent:#1d6f78;--on-accent:#fff;--warn:#a32414;--warn-page:#fdecea}
@media (prefers-color-scheme:dark){:root{--page:#10191c;--card:#1a272b;--text:#e6eef0;--quiet:#9db0b5;--line:#3a4c52;--accent:#4fb3bd;--on-accent:#06232a;--warn:#ffb4a8;--warn-page:#4a1e19}}
*{box-sizing:border-box}
body{margin:0;min-height:100dvh;display:grid;place-items:center;padding:24px;background:var(--page);color:var(--text);font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:420px;padding:32px;background:var(--card);border:1px solid var(--line);border-radius:16px}
h1{display:flex;align-items:center;gap:14px;margin:0 0 24px;font-size:28px;letter-spacing:-.01em}
h2{margin:0 0 8px;font-size:20px}
label{display:block;margin:16px 0 6px;font-weight:600}
input{width:100%;min-height:50px;padding:10px 14px;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:10px}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
button,.button{display:block;width:100%;min-height:52px;margin-top:24px;padding:12px 16px;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--on-accent);background:var(--accent);border:0;border-radius:10px;cursor:pointer}
.message{margin:0;padding:12px 14px;color:var(--warn);background:var(--warn-page);border-radius:10px}
.hint{margin:24px 0 0;font-size:15px;color:var(--quiet)}
.links a:not(.button){display:block;margin-top:16px;color:var(--accent);text-align:center}
`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
