using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nn.Networks.Prediction;
using Nn.Serving.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Records;

/// <summary>Predictions in the words of the data, with the names that <c>nn predict --json</c> has for them.</summary>
internal static class AnswerWriter
{
    private sealed record Answer(LoadedModel Model, float[][] Outputs, int Samples, bool IsList, int[]?[] Places);

    /// <summary>Answers.</summary>
    /// <param name="c">The request.</param>
    /// <param name="model">Who predicted.</param>
    /// <param name="inputs">From what.</param>
    /// <param name="outputs">What.</param>
    /// <param name="samples">How many samples.</param>
    /// <param name="isList">Whether the answer is a list, as the request was.</param>
    public static Task Write(HttpContext c, LoadedModel model, byte[][] inputs, float[][] outputs, int samples, bool isList)
    {
        // An output has as many places as the input whose length it has; what is written has its own.
        int[]?[] places =
        [
            .. model.Outputs.Select(o => Enumerable.Range(0, inputs.Length).FirstOrDefault(i => o.Length is not null && model.Inputs[i].Length == o.Length, -1)
                is >= 0 and var i ? model.Inputs[i].Lengths(inputs[i]) : null),
        ];
        return JsonAnswer.Write(c, "application/json", new Answer(model, outputs, samples, isList, places), Write);
    }

    private static void Write(Utf8JsonWriter json, Answer a)
    {
        if (a.IsList) json.WriteStartArray();
        for (int s = 0; s < a.Samples; s++)
        {
            json.WriteStartObject();
            if (a.Outputs.Length == 1) Output(json, a, 0, s);
            else
            {
                json.WriteStartObject("outputs"u8);
                for (int o = 0; o < a.Outputs.Length; o++)
                {
                    json.WriteStartObject(a.Model.Outputs[o].Name);
                    Output(json, a, o, s);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        if (a.IsList) json.WriteEndArray();
    }

    private static void Output(Utf8JsonWriter json, Answer a, int output, int sample)
    {
        OutputForm form = a.Model.Outputs[output];
        int width = a.Outputs[output].Length / a.Samples;
        ReadOnlySpan<float> numbers = a.Outputs[output].AsSpan(sample * width, width);
        if (form.Written is not null) json.WriteString("text"u8, form.TextOf(numbers));
        else if (a.Places[output]?[sample] is { } places && form.PlaceClasses.Count > 0)
        {
            numbers = numbers[..(places * form.PlaceClasses.Count)];
            json.WriteStartArray("classes"u8);
            foreach (string word in form.ClassesOf(numbers, places)) json.WriteStringValue(word);
            json.WriteEndArray();
        }
        else if (form.ToldSymbols.Count > 0)
        {
            json.WriteStartArray("sequence"u8);
            if (a.Places[output]?[sample] is { } own) numbers = numbers[..Math.Min(numbers.Length, own * form.Shape[-1])];
            foreach (string symbol in form.ToldBy(numbers)) json.WriteStringValue(symbol);
            json.WriteEndArray();
        }
        else json.WriteString("class"u8, form.ClassOf(numbers));

        json.WriteStartObject("output"u8);
        for (int i = 0; i < numbers.Length; i++)
        {
            json.WritePropertyName(form.NameOf(i));
            JsonAnswer.WriteNumber(json, numbers[i]);
        }

        json.WriteEndObject();
    }
}
