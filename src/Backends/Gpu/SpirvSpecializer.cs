namespace Nn.Backends.Gpu;

/// <summary>
/// Gives a SPIR-V module the values of its specialization constants, so that a driver sees plain constants only. Drivers that translate SPIR-V may compile
/// an array whose length is a specialization constant with the length that the module was built with, whatever value is asked for: MoltenVK does so up
/// to 2025, since Metal knows no such arrays. Others take very long to compile what depends on such constants.
/// </summary>
internal sealed class SpirvSpecializer
{
    private const int HeaderWords = 5;

    private readonly IReadOnlyDictionary<uint, uint> _wanted;
    // The value of each scalar constant, and of what type it is; the parts of composites.
    private readonly Dictionary<uint, uint> _values = [], _specIds = [];
    private readonly Dictionary<uint, uint[]> _parts = [];
    private readonly HashSet<uint> _booleans = [];
    private readonly List<uint> _code = [];
    private uint _groupSize;

    private SpirvSpecializer(IEnumerable<(int Id, int Value)> values) => _wanted = values.ToDictionary(v => (uint)v.Id, v => (uint)v.Value);

    /// <summary>The module with every specialization constant replaced by its value: the one given, else the module's default.</summary>
    /// <param name="words">A module for a compute shader, whose specialization constants have 32 bits or are booleans.</param>
    /// <param name="values">Numbers and values of specialization constants; those that the module does not have are passed over.</param>
    /// <exception cref="NotSupportedException">A constant is computed by an operation that the kernels of this project do not use.</exception>
    public static uint[] Fold(ReadOnlySpan<uint> words, IEnumerable<(int Id, int Value)> values)
    {
        var specializer = new SpirvSpecializer(values);
        specializer._code.AddRange(words[..HeaderWords]);
        for (int at = HeaderWords; at < words.Length; at += (int)(words[at] >> 16)) specializer.Add(words.Slice(at, (int)(words[at] >> 16)));
        uint[] folded = [.. specializer._code];
        specializer.SetLocalSize(folded);
        return folded;
    }

    private void Add(ReadOnlySpan<uint> x)
    {
        switch ((SpirvOp)(x[0] & 0xFFFF))
        {
            case SpirvOp.Decorate when x[2] == Spirv.SpecId:
                _specIds[x[1]] = x[3];
                return;
            case SpirvOp.Decorate when x[2] == Spirv.BuiltIn && x[3] == Spirv.WorkgroupSize:
                _groupSize = x[1];
                break;
            case SpirvOp.TypeBool:
                _booleans.Add(x[1]);
                break;
            case SpirvOp.Constant or SpirvOp.SpecConstant when x.Length == 4:
                Scalar(x[1], x[2], Chosen(x[2], x[3]));
                return;
            case SpirvOp.ConstantTrue or SpirvOp.SpecConstantTrue:
                Scalar(x[1], x[2], Chosen(x[2], 1));
                return;
            case SpirvOp.ConstantFalse or SpirvOp.SpecConstantFalse:
                Scalar(x[1], x[2], Chosen(x[2], 0));
                return;
            case SpirvOp.ConstantComposite or SpirvOp.SpecConstantComposite:
                _parts[x[2]] = x[3..].ToArray();
                Put(SpirvOp.ConstantComposite, x[1..]);
                return;
            case SpirvOp.SpecConstantOp:
                Scalar(x[1], x[2], Evaluate((SpirvOp)x[3], x[4..]));
                return;
            case SpirvOp.SpecConstant:
                throw new NotSupportedException("a specialization constant of another width than 32 bits");
        }

        _code.AddRange(x);
    }

    private uint Chosen(uint id, uint otherwise) =>
        _specIds.TryGetValue(id, out uint number) && _wanted.TryGetValue(number, out uint value) ? value : otherwise;

    private void Scalar(uint type, uint id, uint value)
    {
        if (_booleans.Contains(type))
        {
            _values[id] = value == 0 ? 0u : 1;
            Put(value == 0 ? SpirvOp.ConstantFalse : SpirvOp.ConstantTrue, [type, id]);
            return;
        }

        _values[id] = value;
        Put(SpirvOp.Constant, [type, id, value]);
    }

    private void Put(SpirvOp op, params ReadOnlySpan<uint> operands)
    {
        _code.Add((uint)(operands.Length + 1) << 16 | (uint)op);
        _code.AddRange(operands);
    }

    private uint Evaluate(SpirvOp op, ReadOnlySpan<uint> operands)
    {
        if (op == SpirvOp.CompositeExtract && operands.Length == 2) return _values[_parts[operands[0]][operands[1]]];
        if (op == SpirvOp.Select) return _values[operands[_values[operands[0]] != 0 ? 1 : 2]];
        uint a = _values[operands[0]];
        if (operands.Length == 1) return Unary(op, a);
        uint b = _values[operands[1]];
        return Comparison(op, a, b) is { } holds ? holds ? 1u : 0 : Binary(op, a, b);
    }

    private static uint Unary(SpirvOp op, uint a) => op switch
    {
        SpirvOp.SNegate => 0 - a,
        SpirvOp.Not => ~a,
        SpirvOp.LogicalNot => 1 - a,
        _ => throw Unknown(op),
    };

    private static uint Binary(SpirvOp op, uint a, uint b) => op switch
    {
        SpirvOp.IAdd => a + b,
        SpirvOp.ISub => a - b,
        SpirvOp.IMul => a * b,
        // SPIR-V leaves a division by zero undefined; a kernel does not use its result.
        SpirvOp.UDiv => b == 0 ? 0 : a / b,
        SpirvOp.UMod => b == 0 ? 0 : a % b,
        SpirvOp.SDiv => b == 0 ? 0 : (uint)((long)(int)a / (int)b),
        SpirvOp.SRem => b == 0 ? 0 : (uint)((long)(int)a % (int)b),
        SpirvOp.SMod => b == 0 ? 0 : (uint)(((long)(int)a % (int)b + (int)b) % (int)b),
        SpirvOp.ShiftRightLogical => a >> (int)b,
        SpirvOp.ShiftRightArithmetic => (uint)((int)a >> (int)b),
        SpirvOp.ShiftLeftLogical => a << (int)b,
        SpirvOp.BitwiseOr or SpirvOp.LogicalOr => a | b,
        SpirvOp.BitwiseAnd or SpirvOp.LogicalAnd => a & b,
        SpirvOp.BitwiseXor => a ^ b,
        _ => throw Unknown(op),
    };

    private static bool? Comparison(SpirvOp op, uint a, uint b) => op switch
    {
        SpirvOp.IEqual or SpirvOp.LogicalEqual => a == b,
        SpirvOp.INotEqual or SpirvOp.LogicalNotEqual => a != b,
        SpirvOp.UGreaterThan => a > b,
        SpirvOp.SGreaterThan => (int)a > (int)b,
        SpirvOp.UGreaterThanEqual => a >= b,
        SpirvOp.SGreaterThanEqual => (int)a >= (int)b,
        SpirvOp.ULessThan => a < b,
        SpirvOp.SLessThan => (int)a < (int)b,
        SpirvOp.ULessThanEqual => a <= b,
        SpirvOp.SLessThanEqual => (int)a <= (int)b,
        _ => null,
    };

    private static NotSupportedException Unknown(SpirvOp op) => new($"a specialization constant made by operation {op}");

    // The built-in constant of the group size goes before the size that the entry point declares; both say the same for drivers that read one of them.
    private void SetLocalSize(uint[] code)
    {
        if (_groupSize == 0) return;
        for (int at = HeaderWords; at < code.Length; at += (int)(code[at] >> 16))
        {
            if ((SpirvOp)(code[at] & 0xFFFF) != SpirvOp.ExecutionMode || code[at + 2] != Spirv.LocalSize) continue;
            for (int axis = 0; axis < 3; axis++) code[at + 3 + axis] = _values[_parts[_groupSize][axis]];
        }
    }
}
