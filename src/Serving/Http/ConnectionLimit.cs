using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Nn.Serving.Http;

/// <summary>
/// Keeps the connections of a server to a number without locking anybody out: one more takes the place of the one that has been silent for longest, be it that
/// it never asked anything or that its last request is answered. A browser whose silent connection is cut opens another.
/// </summary>
/// <param name="most">How many there may be.</param>
internal sealed class ConnectionLimit(int most)
{
    private readonly Lock _lock = new();

    // The longest silent first.
    private readonly LinkedList<Connected> _silent = [];
    private int _asking;

    private sealed class Connected(ConnectionContext connection)
    {
        public ConnectionContext Connection => connection;

        public bool Asks { get; set; }
    }

    /// <summary>Lets a connection in for as long as <paramref name="serve"/> takes.</summary>
    public async Task Admit(ConnectionContext connection, ConnectionDelegate serve)
    {
        var own = new Connected(connection);
        connection.Features.Set(own);
        Connected? longest = null;
        lock (_lock)
        {
            bool full = _silent.Count + _asking >= most;
            if (full && _silent.Count == 0)
            {
                connection.Abort();
                return;
            }

            if (full)
            {
                longest = _silent.First!.Value;
                _silent.RemoveFirst();
            }

            _silent.AddLast(own);
        }

        longest?.Connection.Abort();
        try
        {
            await serve(connection);
        }
        finally
        {
            lock (_lock)
            {
                if (own.Asks) _asking--;
                else _silent.Remove(own);
            }
        }
    }

    /// <summary>Answers a request: until that is done its connection stays.</summary>
    /// <param name="features">Those of the request.</param>
    /// <param name="answer">Answers it.</param>
    public async Task Answer(IFeatureCollection features, Func<Task> answer)
    {
        Connected own = features.Get<Connected>()!;
        lock (_lock)
        {
            // Who was cut in the same moment is answered in vain.
            if (_silent.Remove(own))
            {
                own.Asks = true;
                _asking++;
            }
        }

        try
        {
            await answer();
        }
        finally
        {
            lock (_lock)
            {
                if (own.Asks)
                {
                    own.Asks = false;
                    _asking--;
                    _silent.AddLast(own);
                }
            }
        }
    }
}
