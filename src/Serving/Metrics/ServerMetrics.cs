using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Nn.Serving.Metrics;

/// <summary>What is counted of requests, and the text in which Prometheus reads all that is counted.</summary>
internal sealed class ServerMetrics
{
    private readonly ConcurrentDictionary<(string Route, int Status), StrongBox> _requests = new();
    private readonly ConcurrentDictionary<string, Histogram> _seconds = new();

    private sealed class StrongBox
    {
        public long Count;
    }

    /// <summary>A request was answered.</summary>
    /// <param name="route">The row of the address, such as <c>/v2/models/{name}/infer</c>.</param>
    /// <param name="status">The status of HTTP.</param>
    /// <param name="seconds">From its headers to the end of the answer.</param>
    public void Answered(string route, int status, double seconds)
    {
        Interlocked.Increment(ref _requests.GetOrAdd((route, status), static _ => new StrongBox()).Count);
        _seconds.GetOrAdd(route, static _ => new Histogram(100e-6, 300e-6, 1e-3, 3e-3, 10e-3, 30e-3, 0.1, 0.3, 1, 3, 10)).Add(seconds);
    }

    /// <summary>All of it, in the text format of Prometheus.</summary>
    /// <param name="models">What is counted of each model, and how many samples wait for it.</param>
    public string Text(IReadOnlyList<(ModelMetrics Metrics, int Waiting)> models)
    {
        var text = new StringBuilder();
        Head("nn_requests_total", "counter", "Requests that were answered, by address and status.");
        foreach (((string route, int status), StrongBox count) in _requests.OrderBy(r => r.Key))
            text.Append(CultureInfo.InvariantCulture, $"nn_requests_total{{route=\"{route}\",status=\"{status}\"}} {Volatile.Read(ref count.Count)}\n");
        Head("nn_request_seconds", "histogram", "Seconds from the headers of a request to the end of its answer.");
        foreach ((string route, Histogram seconds) in _seconds.OrderBy(r => r.Key)) seconds.Write(text, "nn_request_seconds", $"route=\"{route}\"");
        Each("nn_samples_total", "counter", "Samples that were predicted.", m => m.Metrics.Samples);
        Each("nn_refused_total", "counter", "Requests that were told to come again.", m => m.Metrics.RefusedRequests);
        Each("nn_waiting_samples", "gauge", "Samples that wait for a prediction.", m => m.Waiting);
        Each("nn_model_loads_total", "counter", "How often the model's file was taken up.", m => m.Metrics.Loads);
        Each("nn_model_load_failures_total", "counter", "How often the model's file changed and could not be taken up.", m => m.Metrics.FailedLoads);
        Head("nn_prediction_seconds", "histogram", "Seconds of a prediction of one sample or several.");
        foreach ((ModelMetrics m, _) in models) m.Seconds.Write(text, "nn_prediction_seconds", $"model=\"{m.Name}\"");
        Head("nn_batch_samples", "histogram", "Samples that were predicted together.");
        foreach ((ModelMetrics m, _) in models) m.Batches.Write(text, "nn_batch_samples", $"model=\"{m.Name}\"");
        using Process own = Process.GetCurrentProcess();
        Head("process_resident_memory_bytes", "gauge", "Memory of the process that is in use.");
        text.Append(CultureInfo.InvariantCulture, $"process_resident_memory_bytes {own.WorkingSet64}\n");
        Head("process_cpu_seconds_total", "counter", "Processor time of the process.");
        text.Append(CultureInfo.InvariantCulture, $"process_cpu_seconds_total {own.TotalProcessorTime.TotalSeconds}\n");
        return text.ToString();

        void Head(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Each(string name, string type, string help, Func<(ModelMetrics Metrics, int Waiting), long> value)
        {
            Head(name, type, help);
            foreach ((ModelMetrics Metrics, int Waiting) m in models)
                text.Append(CultureInfo.InvariantCulture, $"{name}{{model=\"{m.Metrics.Name}\"}} {value(m)}\n");
        }
    }
}
