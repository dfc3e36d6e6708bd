namespace Nn.Backends.Cpu.Kernels;

/// <summary>A step bound to memory and ready to run.</summary>
internal abstract unsafe class CpuStep
{
    private byte* _scratch;

    /// <summary>Number of phases; all workers finish one before any starts the next.</summary>
    public virtual int Phases => 1;

    /// <summary>Workers among which the work is divided; 1 where a meeting would cost more than it saves.</summary>
    public int Workers { get; protected init; } = 1;

    /// <summary>Bytes of scratch that all workers share.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>Scratch memory, set before the first run and shared with the other steps.</summary>
    public byte* Scratch
    {
        get => _scratch;
        set
        {
            _scratch = value;
            ScratchChanged();
        }
    }

    /// <summary>Does the share of one worker in one phase. Allocates nothing.</summary>
    public abstract void Run(int phase, int worker);

    /// <summary>Called when scratch memory has been set.</summary>
    protected virtual void ScratchChanged()
    {
    }
}
