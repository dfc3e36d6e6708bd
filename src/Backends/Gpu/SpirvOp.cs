namespace Nn.Backends.Gpu;

/// <summary>Opcodes of SPIR-V that are written or read here (SPIR-V specification, section 3.49).</summary>
internal enum SpirvOp
{
    Name = 5,
    ExtInstImport = 11,
    ExtInst = 12,
    MemoryModel = 14,
    EntryPoint = 15,
    ExecutionMode = 16,
    Capability = 17,
    TypeVoid = 19,
    TypeBool = 20,
    TypeInt = 21,
    TypeFloat = 22,
    TypeVector = 23,
    TypeArray = 28,
    TypeRuntimeArray = 29,
    TypeStruct = 30,
    TypePointer = 32,
    TypeFunction = 33,
    ConstantTrue = 41,
    ConstantFalse = 42,
    Constant = 43,
    ConstantComposite = 44,
    SpecConstantTrue = 48,
    SpecConstantFalse = 49,
    SpecConstant = 50,
    SpecConstantComposite = 51,
    SpecConstantOp = 52,
    Function = 54,
    FunctionParameter = 55,
    FunctionEnd = 56,
    Variable = 59,
    Load = 61,
    Store = 62,
    AccessChain = 65,
    Decorate = 71,
    MemberDecorate = 72,
    CompositeExtract = 81,
    ConvertFToS = 110,
    ConvertSToF = 111,
    Bitcast = 124,
    SNegate = 126,
    FNegate = 127,
    IAdd = 128,
    FAdd = 129,
    ISub = 130,
    FSub = 131,
    IMul = 132,
    FMul = 133,
    UDiv = 134,
    SDiv = 135,
    FDiv = 136,
    UMod = 137,
    SRem = 138,
    SMod = 139,
    LogicalEqual = 164,
    LogicalNotEqual = 165,
    LogicalOr = 166,
    LogicalAnd = 167,
    LogicalNot = 168,
    Select = 169,
    IEqual = 170,
    INotEqual = 171,
    UGreaterThan = 172,
    SGreaterThan = 173,
    UGreaterThanEqual = 174,
    SGreaterThanEqual = 175,
    ULessThan = 176,
    SLessThan = 177,
    ULessThanEqual = 178,
    SLessThanEqual = 179,
    FOrdEqual = 180,
    FOrdLessThan = 184,
    FOrdLessThanEqual = 188,
    ShiftRightLogical = 194,
    ShiftRightArithmetic = 195,
    ShiftLeftLogical = 196,
    BitwiseOr = 197,
    BitwiseXor = 198,
    BitwiseAnd = 199,
    Not = 200,
    ControlBarrier = 224,
    Phi = 245,
    LoopMerge = 246,
    SelectionMerge = 247,
    Label = 248,
    Branch = 249,
    BranchConditional = 250,
    Return = 253,
}

/// <summary>Numbers of the operands of those instructions.</summary>
internal static class Spirv
{
    public const uint Magic = 0x07230203, Version13 = 0x00010300;

    public const uint ShaderCapability = 1, LogicalAddressing = 0, Glsl450Memory = 1, GlCompute = 5, LocalSize = 17;

    // Storage classes.
    public const uint Input = 1, Workgroup = 4, PushConstant = 9, StorageBuffer = 12;

    // Decorations.
    public const uint SpecId = 1, Block = 2, ArrayStride = 6, BuiltIn = 11, Aliased = 20, NonWritable = 24, Binding = 33, DescriptorSet = 34, Offset = 35,
        NoContraction = 42;

    // Built-in variables.
    public const uint WorkgroupSize = 25, WorkgroupId = 26, LocalInvocationId = 27;

    public const uint WorkgroupScope = 2, AcquireRelease = 8, UniformMemory = 0x40, WorkgroupMemory = 0x100;

    // GLSL.std.450.
    public const uint RoundEven = 2, FAbs = 4, Floor = 8, Sqrt = 31, Fma = 50;
}
