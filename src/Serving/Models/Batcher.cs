using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Nn.Serving.Metrics;

namespace Nn.Serving.Models;

/// <summary>
/// Puts the samples of several requests into one prediction. Who comes while a copy of the model is free and a prediction takes less than a change of threads
/// is answered on the spot; the others wait in a bounded row, of which a free thread of the model takes what has come, up to a most.
/// </summary>
internal sealed class Batcher : IDisposable
{
    // What takes longer would keep the threads that read requests from reading.
    private const double SpotSeconds = 200e-6;

    private readonly Predictor _predictor;
    private readonly ServingOptions _options;
    private readonly ModelMetrics _metrics;
    private readonly Lock _lock = new();
    private readonly Queue<PendingPrediction> _waiting = [];
    private readonly SemaphoreSlim _come = new(0);
    private readonly Thread[] _threads;
    private int _waitingSamples;
    private int _working;
    private bool _closed;

    // Seconds of a prediction for one request, and for a sample of any. They follow the middle of what was measured: what a machine that is busy for a moment
    // takes does not decide.
    private double _alone, _perSample;

    public Batcher(Predictor predictor, ServingOptions options, ModelMetrics metrics)
    {
        (_predictor, _options, _metrics) = (predictor, options, metrics);
        _threads = [.. Enumerable.Range(0, predictor.Copies).Select(i => new Thread(Work) { IsBackground = true, Name = $"predictions {i}" })];
        foreach (Thread t in _threads) t.Start();
    }

    /// <summary>Samples that wait.</summary>
    public int Waiting => Volatile.Read(ref _waitingSamples);

    /// <summary>Predicts a first time, so that nobody waits for kernels to be made.</summary>
    public void WarmUp()
    {
        const int Times = 5;
        _predictor.Prepare();
        ReadOnlyMemory<byte>[] inputs = [.. _predictor.Inputs.Select(i => new ReadOnlyMemory<byte>(new byte[i.Form.Bytes]))];
        Memory<float>[] outputs = [.. _predictor.OutputWidths.Select(w => new float[w].AsMemory())];
        double least = double.PositiveInfinity;
        for (int i = 0; i < Times; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _predictor.PredictInto(inputs, outputs);
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        (_alone, _perSample) = (least, least);
    }

    /// <summary>Predicts; the outputs are there when it ends.</summary>
    /// <exception cref="RequestException">Too many wait, or have waited too long.</exception>
    public Task Predict(PendingPrediction asked)
    {
        bool wake;
        lock (_lock)
        {
            bool free = _working < _threads.Length;
            if (free && _waiting.Count == 0 && _alone < SpotSeconds && asked.Samples <= Predictor.SamplesAtOnce)
            {
                _working++;
                wake = false;
            }
            else
            {
                // One request alone is taken, however many samples it has.
                if (_waiting.Count > 0 && _waitingSamples + asked.Samples > _options.MaxQueue)
                    throw Overloaded($"{_waitingSamples:N0} samples wait for this model; no more are taken on");
                _waiting.Enqueue(asked);
                Volatile.Write(ref _waitingSamples, _waitingSamples + asked.Samples);
                wake = true;
            }
        }

        if (wake)
        {
            _come.Release();
            return asked.Done;
        }

        try
        {
            Run([asked], null);
        }
        finally
        {
            bool others;
            lock (_lock)
            {
                _working--;
                others = _waiting.Count > 0;
            }

            if (others) _come.Release();
        }

        return asked.Done;
    }

    /// <summary>Ends its threads once all that wait are answered.</summary>
    public void Dispose()
    {
        lock (_lock) _closed = true;
        _come.Release(_threads.Length);
        foreach (Thread t in _threads) t.Join();
        _come.Dispose();
    }

    private RequestException Overloaded(string why)
    {
        // As long as it takes to answer all that wait, as far as that can be known.
        double seconds = _waitingSamples * _perSample / _threads.Length;
        _metrics.Refused();
        return new RequestException(StatusCodes.Status503ServiceUnavailable, null, why) { RetryAfter = (int)Math.Clamp(Math.Ceiling(seconds), 1, 60) };
    }

    private void Work()
    {
        var room = new BatchRoom(_predictor, _options.MaxBatch);
        while (true)
        {
            _come.Wait();
            while (Take() is { Count: > 0 } batch)
            {
                Run(batch, room);
                lock (_lock) _working--;
            }

            lock (_lock)
            {
                if (_closed && _waiting.Count == 0) return;
            }
        }
    }

    // What has come, as far as it goes into one prediction; nothing where all copies of the model work, of which one comes back here.
    private List<PendingPrediction> Take()
    {
        List<PendingPrediction> batch = [];
        List<PendingPrediction>? late = null;
        bool more;
        lock (_lock)
        {
            if (_working >= _threads.Length) return batch;
            int samples = 0;
            while (_waiting.TryPeek(out PendingPrediction? next) && (samples == 0 || samples + next.Samples <= _options.MaxBatch))
            {
                _waiting.Dequeue();
                Volatile.Write(ref _waitingSamples, _waitingSamples - next.Samples);
                if (next.Gone.IsCancellationRequested || Stopwatch.GetElapsedTime(next.Since) > _options.MaxWait)
                {
                    (late ??= []).Add(next);
                    continue;
                }

                samples += next.Samples;
                batch.Add(next);
            }

            if (batch.Count > 0) _working++;
            more = _waiting.Count > 0 && _working < _threads.Length && batch.Count > 0;
        }

        foreach (PendingPrediction p in late ?? [])
            p.Fail(Overloaded($"the model was not free for {_options.MaxWait.TotalSeconds:0.###} s"));
        if (more) _come.Release();
        return batch;
    }

    private void Run(IReadOnlyList<PendingPrediction> batch, BatchRoom? room)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            int samples = 0;
            foreach (PendingPrediction p in batch) samples += p.Samples;
            if (batch.Count == 1) _predictor.PredictInto(batch[0].Inputs, batch[0].Outputs);
            else room!.Predict(batch, samples);
            double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
            _perSample = Nearer(_perSample, took / samples);
            if (batch.Count == 1) _alone = Nearer(_alone, took);
            _metrics.Predicted(samples, took);
            foreach (PendingPrediction p in batch) p.Answer();
        }
        catch (Exception e)
        {
            foreach (PendingPrediction p in batch) p.Fail(e);
        }
    }

    private static double Nearer(double middle, double measured)
    {
        const double Step = 1.05;
        return measured > middle ? middle * Step : middle / Step;
    }
}
