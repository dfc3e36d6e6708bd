using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Nn.Serving.Http;

/// <summary>
/// Why a request was not answered, as RFC 9457 has it (<c>application/problem+json</c>), with the field that is meant; <c>error</c> says the reason where
/// clients of the Open Inference Protocol look for it.
/// </summary>
internal static class Problem
{
    /// <summary>Answers with it, unless the answer has begun.</summary>
    public static async Task Write(HttpContext c, RequestException e)
    {
        if (c.Response.HasStarted) return;
        c.Response.Clear();
        Hardening.Apply(c.Response.Headers);
        c.Response.StatusCode = e.Status;
        if (e.RetryAfter is { } seconds) c.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (e.Allow is not null) c.Response.Headers.Allow = e.Allow;
        if (e.Status == StatusCodes.Status401Unauthorized) c.Response.Headers.WWWAuthenticate = "Bearer";
        await JsonAnswer.Write(c, "application/problem+json", e, static (json, e) =>
        {
            json.WriteStartObject();
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(e.Status));
            json.WriteNumber("status", e.Status);
            json.WriteString("detail", e.Message);
            if (e.Field is not null) json.WriteString("field", e.Field);
            if (e.Record is { } record) json.WriteNumber("record", record);
            json.WriteString("error", e.Message);
            json.WriteEndObject();
        });
    }
}
