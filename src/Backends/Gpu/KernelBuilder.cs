using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>Writes kernel code, value by value. Arithmetic of known integers is done at once.</summary>
internal sealed class KernelBuilder(IReadOnlyList<KernelBuffer> buffers)
{
    private readonly List<KernelInstruction> _code = [];
    private readonly List<SharedArray> _shared = [];
    private readonly Dictionary<KernelInstruction, int> _global = [];
    private readonly Stack<int> _open = [];

    /// <summary>The finished code.</summary>
    public KernelCode Build() => _open.Count == 0
        ? new KernelCode(new EquatableList<KernelInstruction>(_code), new EquatableList<SharedArray>(_shared))
        : throw new InvalidOperationException("a block is open");

    /// <summary>Type of a value.</summary>
    public KernelType TypeOf(int value) => _code[value].Type;

    /// <summary>An i32 constant.</summary>
    public int Integer(long value) => Global(KernelOp.Constant, KernelType.I32, checked((int)value));

    /// <summary>An f32 constant.</summary>
    public int Number(double value) => Global(KernelOp.Constant, KernelType.F32, BitConverter.SingleToInt32Bits((float)value));

    /// <summary>Number of the work group.</summary>
    public int GroupId(int axis) => Global(KernelOp.GroupId, KernelType.I32, axis);

    /// <summary>Number of the invocation in its group.</summary>
    public int LocalId(int axis) => Global(KernelOp.LocalId, KernelType.I32, axis);

    /// <summary>One of the kernel's 32-bit words.</summary>
    public int Word(int number) => Global(KernelOp.Word, KernelType.I32, number);

    /// <summary>An argument of a function.</summary>
    public int Parameter(int number, KernelType type) => Global(KernelOp.Parameter, type, number);

    /// <summary>Element <paramref name="index"/> behind the operand's start in a buffer.</summary>
    public int Load(int buffer, int index) =>
        Emit(new KernelInstruction(KernelOp.Load, KernelCode.TypeOf(buffers[buffer].Type), Add(Word(buffer), index), Immediate: buffer));

    /// <summary>Writes an element behind the operand's start in a buffer.</summary>
    public void Store(int buffer, int index, int value)
    {
        if (buffers[buffer].Type == DType.U8 || !buffers[buffer].Written) throw new ArgumentException($"buffer {buffer} is not written");
        Emit(new KernelInstruction(KernelOp.Store, KernelType.None, Add(Word(buffer), index), value, Immediate: buffer));
    }

    /// <summary>Reserves an array that the group shares.</summary>
    public int Shared(KernelType type, int length)
    {
        _shared.Add(new SharedArray(type, length));
        return _shared.Count - 1;
    }

    /// <summary>An element of a shared array.</summary>
    public int LoadShared(int array, int index) => Emit(new KernelInstruction(KernelOp.LoadShared, _shared[array].Type, index, Immediate: array));

    /// <summary>Writes an element of a shared array.</summary>
    public void StoreShared(int array, int index, int value) =>
        Emit(new KernelInstruction(KernelOp.StoreShared, KernelType.None, index, value, Immediate: array));

    /// <summary>Waits for the whole group.</summary>
    public void Barrier() => Emit(new KernelInstruction(KernelOp.Barrier, KernelType.None));

    /// <summary>An instruction of one to three values that has the type of A, or of B for <see cref="KernelOp.Select"/>.</summary>
    public int Of(KernelOp op, int a, int b = -1, int c = -1) =>
        Emit(new KernelInstruction(op, TypeOf(op == KernelOp.Select ? b : a), a, b, c));

    /// <summary>A comparison.</summary>
    public int Compare(KernelOp op, int a, int b) => Emit(new KernelInstruction(op, KernelType.Bool, a, b));

    /// <summary>A conversion by value or by bits.</summary>
    public int As(KernelOp op, KernelType type, int a) => TypeOf(a) == type ? a : Emit(new KernelInstruction(op, type, a));

    /// <summary>A + B.</summary>
    public int Add(int a, int b) => (Known(a), Known(b)) switch
    {
        (int x, int y) => Integer(unchecked(x + y)),
        (0, _) => b,
        (_, 0) => a,
        _ => Of(KernelOp.Add, a, b),
    };

    /// <summary>A · B.</summary>
    public int Mul(int a, int b) => (Known(a), Known(b)) switch
    {
        (int x, int y) => Integer(unchecked(x * y)),
        (1, _) => b,
        (_, 1) => a,
        (0, _) => a,
        (_, 0) => b,
        _ => Of(KernelOp.Mul, a, b),
    };

    /// <summary>⌊A ÷ divisor⌋ of an A that is not negative.</summary>
    public int Quotient(int a, int divisor) => divisor == 1 ? a : Of(KernelOp.Quotient, a, Integer(divisor));

    /// <summary>A mod divisor of an A that is not negative.</summary>
    public int Remainder(int a, int divisor) => divisor == 1 ? Integer(0) : Of(KernelOp.Remainder, a, Integer(divisor));

    /// <summary>The smaller of two integers.</summary>
    public int Min(int a, int b) => Of(KernelOp.Select, Compare(KernelOp.Less, a, b), a, b);

    /// <summary>Opens a block that runs only where a condition holds.</summary>
    public void If(int condition)
    {
        _open.Push(-1);
        Emit(new KernelInstruction(KernelOp.If, KernelType.None, condition));
    }

    /// <summary>Closes it.</summary>
    public void EndIf()
    {
        if (_open.Pop() != -1) throw new InvalidOperationException("the open block is a loop");
        Emit(new KernelInstruction(KernelOp.EndIf, KernelType.None));
    }

    /// <summary>Opens a loop: its counter, and the values carried from turn to turn.</summary>
    public (int Index, int[] Carried) Loop(int start, int end, int step, params ReadOnlySpan<int> initial)
    {
        int index = Emit(new KernelInstruction(KernelOp.Loop, KernelType.I32, start, end, step));
        _open.Push(index);
        var carried = new int[initial.Length];
        for (int i = 0; i < carried.Length; i++) carried[i] = Emit(new KernelInstruction(KernelOp.Carry, TypeOf(initial[i]), initial[i]));
        return (index, carried);
    }

    /// <summary>Closes it: what is carried into the next turn must have been computed in this one.</summary>
    public void EndLoop(params ReadOnlySpan<int> next)
    {
        int loop = _open.Pop();
        if (loop < 0) throw new InvalidOperationException("the open block is not a loop");
        for (int i = 0; i < next.Length; i++)
        {
            int carry = loop + 1 + i;
            if (_code[next[i]].Op == KernelOp.Carry) throw new ArgumentException("a carried value is carried on as it is");
            _code[carry] = _code[carry] with { B = next[i] };
        }

        Emit(new KernelInstruction(KernelOp.EndLoop, KernelType.None, loop));
    }

    private int Global(KernelOp op, KernelType type, int immediate)
    {
        var instruction = new KernelInstruction(op, type, Immediate: immediate);
        if (_global.TryGetValue(instruction, out int known)) return known;
        return _global[instruction] = Emit(instruction);
    }

    private int? Known(int value) =>
        _code[value] is { Op: KernelOp.Constant, Type: KernelType.I32, Immediate: var known } ? known : null;

    private int Emit(KernelInstruction instruction)
    {
        _code.Add(instruction);
        return _code.Count - 1;
    }
}
