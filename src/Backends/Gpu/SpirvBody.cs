using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>What kernel code needs of the module around it: ids of variables and of what is known when the function starts.</summary>
/// <param name="Buffers">The kernel's buffers.</param>
/// <param name="BufferVariables">Variable of each buffer: a block with one array of f32 or u32.</param>
/// <param name="SharedVariables">Variable of each shared array.</param>
/// <param name="Global">Id of the value of a word, an id or a parameter.</param>
internal sealed record SpirvScope(
    IReadOnlyList<KernelBuffer> Buffers, IReadOnlyList<uint> BufferVariables, IReadOnlyList<uint> SharedVariables, Func<KernelInstruction, uint> Global);

/// <summary>Writes kernel code as the instructions of a SPIR-V function, behind its first label.</summary>
internal sealed class SpirvBody
{
    private readonly SpirvModule _module;
    private readonly IReadOnlyList<KernelInstruction> _code;
    private readonly SpirvScope _scope;
    private readonly uint[] _ids;
    private readonly Stack<(uint Merge, uint Continue, uint Header, uint NextIndex)> _open = [];
    private uint _block;

    private SpirvBody(SpirvModule module, IReadOnlyList<KernelInstruction> code, SpirvScope scope, uint block)
    {
        (_module, _code, _scope, _block) = (module, code, scope, block);
        _ids = new uint[code.Count];
        for (int i = 0; i < _ids.Length; i++)
        {
            KernelInstruction x = code[i];
            if (x.Op == KernelOp.Constant) _ids[i] = module.Constant(x.Type, (uint)x.Immediate);
            else if (KernelCode.IsGlobal(x.Op)) _ids[i] = scope.Global(x);
            else if (x.Type != KernelType.None) _ids[i] = module.NewId();
        }
    }

    /// <summary>Writes the code; <paramref name="block"/> is the label that it stands behind.</summary>
    public static void Write(SpirvModule module, KernelCode code, SpirvScope scope, uint block) =>
        new SpirvBody(module, code.Instructions, scope, block).WriteAll();

    private void WriteAll()
    {
        for (int i = 0; i < _code.Count; i++)
        {
            KernelInstruction x = _code[i];
            if (KernelCode.IsGlobal(x.Op) || x.Op == KernelOp.Carry) continue;
            switch (x.Op)
            {
                case KernelOp.Load: LoadElement(x, _ids[i]); break;
                case KernelOp.Store: _module.Emit(SpirvOp.Store, Element(x.Immediate, _ids[x.A]), _ids[x.B]); break;
                case KernelOp.LoadShared: _module.Emit(SpirvOp.Load, _module.Type(x.Type), _ids[i], SharedElement(x)); break;
                case KernelOp.StoreShared: _module.Emit(SpirvOp.Store, SharedElement(x), _ids[x.B]); break;
                case KernelOp.Barrier: WriteBarrier(); break;
                case KernelOp.If: OpenIf(x); break;
                case KernelOp.EndIf: Join(_open.Pop().Merge); break;
                case KernelOp.Loop: OpenLoop(i); break;
                case KernelOp.EndLoop: CloseLoop(x.A); break;
                default: WriteValue(x, _ids[i]); break;
            }
        }
    }

    private void Label(uint label)
    {
        _module.Emit(SpirvOp.Label, label);
        _block = label;
    }

    private void Join(uint label)
    {
        _module.Emit(SpirvOp.Branch, label);
        Label(label);
    }

    private void OpenIf(KernelInstruction x)
    {
        uint then = _module.NewId(), merge = _module.NewId();
        _module.Emit(SpirvOp.SelectionMerge, merge, 0);
        _module.Emit(SpirvOp.BranchConditional, _ids[x.A], then, merge);
        Label(then);
        _open.Push((merge, 0, 0, 0));
    }

    // header: what changes from turn to turn; test; body …; continue: the next counter.
    private void OpenLoop(int loop)
    {
        KernelInstruction x = _code[loop];
        uint before = _block, header = _module.NewId(), test = _module.NewId(), body = _module.NewId(), next = _module.NewId(), merge = _module.NewId();
        uint integer = _module.Type(KernelType.I32), nextIndex = _module.NewId(), more = _module.NewId();
        Join(header);
        _module.Emit(SpirvOp.Phi, integer, _ids[loop], _ids[x.A], before, nextIndex, next);
        for (int c = loop + 1; c < _code.Count && _code[c].Op == KernelOp.Carry; c++)
            _module.Emit(SpirvOp.Phi, _module.Type(_code[c].Type), _ids[c], _ids[_code[c].A], before, _ids[_code[c].B], next);
        _module.Emit(SpirvOp.LoopMerge, merge, next, 0);
        Join(test);
        _module.Emit(SpirvOp.SLessThan, _module.Type(KernelType.Bool), more, _ids[loop], _ids[x.B]);
        _module.Emit(SpirvOp.BranchConditional, more, body, merge);
        Label(body);
        _open.Push((merge, next, header, nextIndex));
    }

    private void CloseLoop(int loop)
    {
        (uint merge, uint next, uint header, uint nextIndex) = _open.Pop();
        Join(next);
        _module.Emit(SpirvOp.IAdd, _module.Type(KernelType.I32), nextIndex, _ids[loop], _ids[_code[loop].C]);
        _module.Emit(SpirvOp.Branch, header);
        Label(merge);
    }

    private void WriteBarrier()
    {
        uint scope = _module.Constant(KernelType.I32, Spirv.WorkgroupScope);
        uint semantics = _module.Constant(KernelType.I32, Spirv.AcquireRelease | Spirv.UniformMemory | Spirv.WorkgroupMemory);
        _module.Emit(SpirvOp.ControlBarrier, scope, scope, semantics);
    }

    private uint Element(int buffer, uint index)
    {
        uint pointer = _module.Pointer(Spirv.StorageBuffer, _module.Type(KernelCode.TypeOf(_scope.Buffers[buffer].Type))), id = _module.NewId();
        _module.Emit(SpirvOp.AccessChain, pointer, id, _scope.BufferVariables[buffer], Integer(0), index);
        return id;
    }

    private uint SharedElement(KernelInstruction x)
    {
        KernelType type = x.Op == KernelOp.LoadShared ? x.Type : _code[x.B].Type;
        uint pointer = _module.Pointer(Spirv.Workgroup, _module.Type(type)), id = _module.NewId();
        _module.Emit(SpirvOp.AccessChain, pointer, id, _scope.SharedVariables[x.Immediate], _ids[x.A]);
        return id;
    }

    private void LoadElement(KernelInstruction x, uint id)
    {
        if (_scope.Buffers[x.Immediate].Type != DType.U8)
        {
            _module.Emit(SpirvOp.Load, _module.Type(x.Type), id, Element(x.Immediate, _ids[x.A]));
            return;
        }

        // Bytes are cut out of words, the first from the lowest bits: storage of eight bits is not there everywhere.
        uint word = Emit(SpirvOp.Load, Element(x.Immediate, Emit(SpirvOp.ShiftRightLogical, _ids[x.A], Integer(2))));
        uint shift = Emit(SpirvOp.ShiftLeftLogical, Emit(SpirvOp.BitwiseAnd, _ids[x.A], Integer(3)), Integer(3));
        _module.Emit(
            SpirvOp.BitwiseAnd, _module.Type(KernelType.I32), id, Emit(SpirvOp.ShiftRightLogical, word, shift), Integer(255));
    }

    private uint Integer(uint value) => _module.Constant(KernelType.I32, value);

    // An instruction of integers.
    private uint Emit(SpirvOp op, params ReadOnlySpan<uint> operands)
    {
        uint id = _module.NewId();
        _module.Emit(op, [_module.Type(KernelType.I32), id, .. operands]);
        return id;
    }

    private void WriteValue(KernelInstruction x, uint id)
    {
        KernelType from = _code[x.A].Type;
        bool real = from == KernelType.F32;
        uint[] operands = [.. new[] { x.A, x.B, x.C }.Where(p => p >= 0).Select(p => _ids[p])];
        uint? function = x.Op switch
        {
            KernelOp.Fma => Spirv.Fma,
            KernelOp.Abs => Spirv.FAbs,
            KernelOp.Floor => Spirv.Floor,
            KernelOp.Round => Spirv.RoundEven,
            KernelOp.Sqrt => Spirv.Sqrt,
            _ => null,
        };
        if (function is { } number) _module.Emit(SpirvOp.ExtInst, [_module.Type(x.Type), id, _module.Glsl, number, .. operands]);
        else _module.Emit(Opcode(x.Op, from), [_module.Type(x.Type), id, .. operands]);
        // Nothing may be joined, reordered or left out where floats are computed or compared.
        if (real && x.Op is not (KernelOp.Select or KernelOp.Convert or KernelOp.Bitcast)) _module.Decorate(id, Spirv.NoContraction);
    }

    private static SpirvOp Opcode(KernelOp op, KernelType type) => (op, type) switch
    {
        (KernelOp.Add, KernelType.F32) => SpirvOp.FAdd,
        (KernelOp.Add, _) => SpirvOp.IAdd,
        (KernelOp.Sub, KernelType.F32) => SpirvOp.FSub,
        (KernelOp.Sub, _) => SpirvOp.ISub,
        (KernelOp.Mul, KernelType.F32) => SpirvOp.FMul,
        (KernelOp.Mul, _) => SpirvOp.IMul,
        (KernelOp.Div, _) => SpirvOp.FDiv,
        (KernelOp.Quotient, _) => SpirvOp.UDiv,
        (KernelOp.Remainder, _) => SpirvOp.UMod,
        (KernelOp.Neg, KernelType.F32) => SpirvOp.FNegate,
        (KernelOp.Neg, _) => SpirvOp.SNegate,
        (KernelOp.Less, KernelType.F32) => SpirvOp.FOrdLessThan,
        (KernelOp.Less, _) => SpirvOp.SLessThan,
        (KernelOp.LessEqual, KernelType.F32) => SpirvOp.FOrdLessThanEqual,
        (KernelOp.LessEqual, _) => SpirvOp.SLessThanEqual,
        (KernelOp.Equal, KernelType.F32) => SpirvOp.FOrdEqual,
        (KernelOp.Equal, _) => SpirvOp.IEqual,
        (KernelOp.And, KernelType.Bool) => SpirvOp.LogicalAnd,
        (KernelOp.And, _) => SpirvOp.BitwiseAnd,
        (KernelOp.Or, KernelType.Bool) => SpirvOp.LogicalOr,
        (KernelOp.Or, _) => SpirvOp.BitwiseOr,
        (KernelOp.Xor, _) => SpirvOp.BitwiseXor,
        (KernelOp.ShiftLeft, _) => SpirvOp.ShiftLeftLogical,
        (KernelOp.ShiftRight, _) => SpirvOp.ShiftRightLogical,
        (KernelOp.Select, _) => SpirvOp.Select,
        (KernelOp.Convert, KernelType.F32) => SpirvOp.ConvertFToS,
        (KernelOp.Convert, _) => SpirvOp.ConvertSToF,
        (KernelOp.Bitcast, _) => SpirvOp.Bitcast,
        _ => throw new InvalidOperationException($"{op} of {type}"),
    };
}
