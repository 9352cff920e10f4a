// As much of ASP.NET Core as the C# snippet uses, for Mono, which has none of it; whoever copies the snippet has the
// real one. Every member has the name and the types of the real one, so that the snippet is compiled as it stands.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace System.Text.Json
{
    class JsonElement
    {
        public string GetProperty(string name) { return name; }
    }

    class JsonDocument : IDisposable
    {
        public JsonElement RootElement = new JsonElement();

        public static JsonDocument Parse(byte[] body)
        {
            if (body.Length == 0 || body[0] != '{') throw new FormatException("This is no JSON object.");
            return new JsonDocument();
        }

        public void Dispose() { }
    }
}

interface IResult { int Status { get; } }

class StatusResult : IResult { public int Status { get; set; } }

static class Results
{
    public static IResult NoContent() { return new StatusResult { Status = 204 }; }

    public static IResult Unauthorized() { return new StatusResult { Status = 401 }; }
}

struct StringValues
{
    readonly string text;

    public StringValues(string text) { this.text = text; }

    // Like the real one: a header that was not sent is the empty text.
    public override string ToString() { return text ?? ""; }
}

class IHeaderDictionary
{
    readonly Dictionary<string, string> sent = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    public StringValues this[string name]
    {
        get { string text; return new StringValues(sent.TryGetValue(name, out text) ? text : null); }
    }

    public void Add(string line)
    {
        var colon = line.IndexOf(':');
        sent[line.Substring(0, colon)] = line.Substring(colon + 1).Trim();
    }
}

class HttpRequest
{
    public readonly IHeaderDictionary Headers = new IHeaderDictionary();
    public Stream Body;
}

class WebApplicationBuilder
{
    public WebApplication Build() { return new WebApplication(); }
}

class WebApplication
{
    string path;
    Func<HttpRequest, Task<IResult>> handler;

    public static WebApplicationBuilder CreateBuilder(string[] args) { return new WebApplicationBuilder(); }

    public void MapPost(string pattern, Func<HttpRequest, Task<IResult>> handler)
    {
        path = pattern;
        this.handler = handler;
    }

    public void Run(string url)
    {
        var listener = new TcpListener(IPAddress.Loopback, new Uri(url).Port);
        listener.Start();
        while (true)
        {
            using (var client = listener.AcceptTcpClient())
            {
                try { Answer(client.GetStream()); }
                catch (IOException) { }
            }
        }
    }

    void Answer(Stream stream)
    {
        var first = Line(stream).Split(' ');
        // Whoever looks whether the port is open sends nothing.
        if (first.Length != 3) return;
        var request = new HttpRequest();
        for (var line = Line(stream); line != ""; line = Line(stream)) request.Headers.Add(line);
        var body = new byte[int.Parse(request.Headers["Content-Length"].ToString())];
        for (var read = 0; read < body.Length;) read += stream.Read(body, read, body.Length - read);
        request.Body = new MemoryStream(body);
        var status = 404;
        try { if (first[0] == "POST" && first[1] == path) status = handler(request).Result.Status; }
        catch (AggregateException error) { Console.Error.WriteLine(error); status = 500; }
        var answer = Encoding.ASCII.GetBytes("HTTP/1.1 " + status + " \r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.Write(answer, 0, answer.Length);
    }

    static string Line(Stream stream)
    {
        var text = new StringBuilder();
        for (var one = stream.ReadByte(); one != '\n' && one != -1; one = stream.ReadByte()) text.Append((char)one);
        return text.ToString().TrimEnd('\r');
    }
}
