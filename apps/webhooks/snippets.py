"""Code for the receiver's developer that verifies a delivery, with the facts of one endpoint filled in.

Each snippet needs nothing but its language's own library. The signing key is never in it: it is read from the
environment, as it should be in the receiver too.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from apps.webhooks.models import Endpoint

_PYTHON = """\
import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEYS = os.environ["WEBHOOK_SIGNING_KEYS"].split()  # whsec_..., two during a rotation
{auth_python}

def verified(headers, body: bytes) -> bool:
    message, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > 300:
        return False
    given = headers.get("webhook-signature", "").split()
    signed = f"{{message}}.{{moment}}.".encode() + body
    for key in KEYS:
        secret = base64.b64decode(key.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        if any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
            return {also_python}
    return False

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "{path}" or not verified(self.headers, body):
            return self.send_error(401)
        event = self.headers["Gatepass-Event"]  # {events}
        print(event, self.headers["webhook-id"], json.loads(body))  # the same webhook-id twice is one event
        self.send_response(204)
        self.end_headers()

HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Receiver).serve_forever()
"""

_JAVASCRIPT = """\
const crypto = require("node:crypto");
const http = require("node:http");

const KEYS = process.env.WEBHOOK_SIGNING_KEYS.split(" "); // whsec_..., two during a rotation
{auth_javascript}

function same(a, b) {{
  const [x, y] = [a, b].map((text) => crypto.createHash("sha256").update(text).digest());
  return crypto.timingSafeEqual(x, y);
}}

function verified(headers, body) {{
  const message = headers["webhook-id"];
  const moment = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(moment)) <= 300)) return false;
  const given = String(headers["webhook-signature"]).split(" ");
  return KEYS.some((key) => {{
    const secret = Buffer.from(key.replace(/^whsec_/, ""), "base64");
    const mac = crypto.createHmac("sha256", secret).update(`${{message}}.${{moment}}.`).update(body);
    const expected = "v1," + mac.digest("base64");
    return given.some((one) => same(one, expected));
  }}){also_javascript};
}}

http.createServer((request, response) => {{
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {{
    const body = Buffer.concat(chunks);
    const ok = request.url === "{path}" && verified(request.headers, body);
    if (ok) {{
      // {events}
      const event = request.headers["gatepass-event"];
      console.log(event, request.headers["webhook-id"], JSON.parse(body)); // the same webhook-id twice is one event
    }}
    response.writeHead(ok ? 204 : 401).end();
  }});
}}).listen(Number(process.env.PORT || 9000), "127.0.0.1");
"""

_PHP = """\
<?php
// The script behind {path}
$keys = explode(' ', getenv('WEBHOOK_SIGNING_KEYS')); // whsec_..., two during a rotation
$body = file_get_contents('php://input');
$message = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$moment = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
$given = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');

$verified = false;
if (ctype_digit($moment) && abs(time() - (int) $moment) <= 300) {{
    foreach ($keys as $key) {{
        $secret = base64_decode(substr($key, strlen('whsec_')));
        $mac = hash_hmac('sha256', "$message.$moment.$body", $secret, true);
        $expected = 'v1,' . base64_encode($mac);
        foreach ($given as $one) {{
            $verified = hash_equals($expected, $one) || $verified;
        }}
    }}
}}
{auth_php}
if (!$verified) {{
    http_response_code(401);
    exit;
}}
$event = $_SERVER['HTTP_GATEPASS_EVENT']; // {events}
$entity = json_decode($body, true);
error_log("$event $message"); // the same webhook-id twice is one event
http_response_code(204);
"""

_CSHARP = """\
// ASP.NET Core, Program.cs
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

var app = WebApplication.CreateBuilder(args).Build();
app.MapPost("{path}", async (HttpRequest request) =>
{{
    var buffer = new MemoryStream();
    await request.Body.CopyToAsync(buffer);
    var body = buffer.ToArray();
    if (!Webhook.Verified(request.Headers, body)) return Results.Unauthorized();
    var name = request.Headers["Gatepass-Event"].ToString(); // {events}
    var message = request.Headers["webhook-id"].ToString(); // the same webhook-id twice is one event
    using (var entity = JsonDocument.Parse(body))
        Console.WriteLine(name + " " + message + " " + entity.RootElement.GetProperty("id"));
    return Results.NoContent();
}});
app.Run("http://127.0.0.1:" + (Environment.GetEnvironmentVariable("PORT") ?? "9000"));

static class Webhook
{{
    // whsec_..., two during a rotation
    static readonly string[] Keys = Setting("WEBHOOK_SIGNING_KEYS").Split(' ');
    {auth_csharp}
    static string Setting(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException("Set " + name + ".");

    static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));

    public static bool Verified(IHeaderDictionary headers, byte[] body)
    {{
        string message = headers["webhook-id"].ToString(), moment = headers["webhook-timestamp"].ToString();
        if (!long.TryParse(moment, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > 300) return false;
        var signed = Encoding.UTF8.GetBytes(message + "." + moment + ".").Concat(body).ToArray();
        var given = headers["webhook-signature"].ToString().Split(' ');
        return Keys.Any(key =>
        {{
            using (var hmac = new HMACSHA256(Convert.FromBase64String(key.Substring("whsec_".Length))))
            {{
                var expected = "v1," + Convert.ToBase64String(hmac.ComputeHash(signed));
                return given.Any(one => Same(one, expected));
            }}
        }}){also_csharp};
    }}
}}
"""

_SOURCES = {"Python": _PYTHON, "JavaScript": _JAVASCRIPT, "PHP": _PHP, "C#": _CSHARP}
LANGUAGES = tuple(_SOURCES)

_WITH_TOKEN = {
    "auth_python": 'AUTH_TOKEN = os.environ["WEBHOOK_AUTH_TOKEN"]  # the Auth Token of the endpoint, word for word',
    "also_python": 'hmac.compare_digest(headers.get("Authorization", "").encode("latin-1"), AUTH_TOKEN.encode())',
    "auth_javascript": "const AUTH_TOKEN = process.env.WEBHOOK_AUTH_TOKEN; // the Auth Token, word for word",
    "also_javascript": ' && same(headers["authorization"] || "", AUTH_TOKEN)',
    "auth_php": "// The Auth Token of the endpoint comes word for word.\n"
    "$verified = $verified && hash_equals(getenv('WEBHOOK_AUTH_TOKEN'), $_SERVER['HTTP_AUTHORIZATION'] ?? '');",
    "auth_csharp": 'static readonly string AuthToken = Setting("WEBHOOK_AUTH_TOKEN"); // word for word\n',
    "also_csharp": ' && Same(headers["Authorization"].ToString(), AuthToken)',
}
_WITHOUT_TOKEN = {**dict.fromkeys(_WITH_TOKEN, ""), "also_python": "True"}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A receiver in one language."""

    language: str
    code: str


def snippet(endpoint: Endpoint, language: str) -> Snippet:
    """A receiver for this endpoint; an unknown language gets the first one."""
    language = language if language in _SOURCES else LANGUAGES[0]
    address = urlsplit(endpoint.url)
    # A path of ours holds neither quotes nor backslashes, unless written as %XX: check_url sees to that.
    path = "".join(letter for letter in address.path or "/" if letter not in "\"'\\$`{}\r\n")
    query = f"?{address.query}" if address.query and language in ("Python", "JavaScript") else ""
    facts = {
        "path": path + "".join(letter for letter in query if letter not in "\"'\\$`{}\r\n"),
        "events": ", ".join(endpoint.events) or "every event, such as outbound-order.status-changed",
        **(_WITH_TOKEN if endpoint.auth_token_sealed else _WITHOUT_TOKEN),
    }
    code = _SOURCES[language].format(**facts)
    return Snippet(language, "\n".join(line.rstrip() for line in code.splitlines()) + "\n")
