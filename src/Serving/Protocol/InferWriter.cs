using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nn.Networks.Prediction;
using Nn.Serving.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Protocol;

/// <summary>Writes the answer to an infer request: JSON, and behind it the outputs that are wanted in binary form.</summary>
internal static class InferWriter
{
    /// <summary>The header that says how much of a body is JSON.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";

    private sealed record Answer(LoadedModel Model, InferRequest Request, float[][] Outputs);

    /// <summary>Answers.</summary>
    public static Task Write(HttpContext c, LoadedModel model, InferRequest request, float[][] outputs)
    {
        var answer = new Answer(model, request, outputs);
        bool binary = false;
        foreach ((int _, bool asBinary) in request.Outputs) binary |= asBinary;
        if (!binary) return JsonAnswer.Write(c, "application/json", answer, WriteJson);
        ArrayBufferWriter<byte> written = JsonAnswer.Begin(answer, WriteJson);
        c.Response.Headers[HeaderLength] = written.WrittenCount.ToString(CultureInfo.InvariantCulture);
        foreach ((int output, bool asBinary) in request.Outputs)
        {
            if (asBinary) written.Write(MemoryMarshal.AsBytes(outputs[output].AsSpan()));
        }

        return JsonAnswer.Send(c, "application/octet-stream", written);
    }

    private static void WriteJson(Utf8JsonWriter json, Answer a)
    {
        json.WriteStartObject();
        json.WriteString("model_name"u8, a.Model.Name);
        json.WriteString("model_version"u8, a.Model.Version);
        if (a.Request.Id is not null) json.WriteString("id"u8, a.Request.Id);
        json.WriteStartArray("outputs"u8);
        foreach ((int output, bool binary) in a.Request.Outputs)
        {
            OutputForm form = a.Model.Outputs[output];
            json.WriteStartObject();
            json.WriteString("name"u8, form.Name);
            json.WriteString("datatype"u8, "FP32"u8);
            json.WriteStartArray("shape"u8);
            json.WriteNumberValue(a.Request.Samples);
            for (int i = 0; i < form.Shape.Rank; i++) json.WriteNumberValue(form.Shape[i]);
            json.WriteEndArray();
            if (binary)
            {
                json.WriteStartObject("parameters"u8);
                json.WriteNumber("binary_data_size"u8, a.Outputs[output].Length * sizeof(float));
                json.WriteEndObject();
            }
            else
            {
                json.WriteStartArray("data"u8);
                foreach (float v in a.Outputs[output]) JsonAnswer.WriteNumber(json, v);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
