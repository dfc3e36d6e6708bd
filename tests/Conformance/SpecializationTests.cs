using System.Runtime.InteropServices;
using System.Text;
using Nn.Backends.Gpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>
/// Vulkan drivers see no specialization constants: those of every kernel that the cases, the examples and all variants of products ask for are folded to the
/// values that the SPIR-V tools fold them to.
/// </summary>
public sealed class SpecializationTests
{
    private const uint SpecId = 1, Decorate = 71, ConstantTrue = 41, Constant = 43, FirstOfSpec = 48, LastOfSpec = 52;

    private const string ImageModel = """
        model net { input 28x28x1; conv 8, 3x3, relu; batchnorm; maxpool 2x2; conv 16, 3x3, same, relu; avgpool 2x2; flatten; dense 32, relu; dropout 0.2; dense classes, softmax }
        data d { builtin digits, samples: 300, seed: 1; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 1e-3); epochs 1; batch 64; metrics accuracy }
        """;

    // A large GPU, a small one, and what software drivers say.
    private static readonly GpuLimits[] s_limits =
        [new(1024, 65536, 16, 65535, 96, true), new(256, 16384, 12, 65535, 4, true), new(1024, 32768, 24, 65535, 8, false), new(128, 16384, 8, 65535, 2, true)];

    private static readonly Lazy<TunedKernel[]> s_kernels = new(() => [.. Plans().SelectMany(Tuned).Concat(Products()).Concat(Defaults()).Distinct()]);

    [Fact]
    public void No_module_has_a_specialization_constant()
    {
        Assert.InRange(s_kernels.Value.Length, 100, 2000);
        foreach (TunedKernel kernel in s_kernels.Value)
        {
            foreach (uint[] x in Instructions(kernel.SpirvWords()))
                Assert.False((x[0] & 0xFFFF) is >= FirstOfSpec and <= LastOfSpec || ((x[0] & 0xFFFF) == Decorate && x[2] == SpecId),
                    $"{kernel.Name}: instruction {x[0] & 0xFFFF}");
        }
    }

    [SkippableFact]
    public void Constants_have_the_values_that_the_SPIRV_tools_fold_them_to()
    {
        SpirvTools.Need("spirv-opt");
        foreach (TunedKernel kernel in s_kernels.Value)
        {
            string values = string.Join(' ', kernel.Specialization().Select(s => $"{s.Id}:{s.Value}"));
            byte[] expected = SpirvTools.Run(
                "spirv-opt", kernel.GeneralSpirv().ToArray(), "--set-spec-const-default-value", values, "--freeze-spec-const", "--fold-spec-const-op-composite",
                "-o", "-");
            Assert.True(Scalars(MemoryMarshal.Cast<byte, uint>(expected).ToArray()).SequenceEqual(Scalars(kernel.SpirvWords())),
                $"{kernel.Name}: other values than those of spirv-opt");
        }
    }

    [SkippableFact]
    public void Every_module_is_valid()
    {
        SpirvTools.Need("spirv-val");
        foreach (TunedKernel kernel in s_kernels.Value) SpirvTools.Run("spirv-val", kernel.SpirvWords(), "--target-env", "vulkan1.1");
    }

    // Metal has arrays whose length the compiler knows, and nothing else.
    [SkippableFact]
    public void Metal_is_given_no_function_constants()
    {
        SpirvTools.Need("spirv-cross");
        foreach (TunedKernel kernel in s_kernels.Value.DistinctBy(k => (k.Source, k.Epilogue is null, k.GroupSize)))
        {
            string metal = Encoding.UTF8.GetString(SpirvTools.Run("spirv-cross", kernel.SpirvWords(), "--msl", "--msl-version", "20100"));
            Assert.Contains("kernel void", metal);
            Assert.DoesNotContain("function_constant", metal);
        }
    }

    // Every kernel that is committed, also where nothing here asks for it.
    private static IEnumerable<TunedKernel> Defaults() =>
        typeof(TunedKernel).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".spv", StringComparison.Ordinal))
            .Select(n => TunedKernel.Of(n["kernels/".Length..^".spv".Length], 64, [DType.F32]));

    private static IEnumerable<Plan> Plans()
    {
        foreach (OpCase c in OpCases.All) yield return CasePlan.Of(c).Plan;
        yield return Training(new SourceText("image.nn", ImageModel));
        foreach (string example in new[] { "xor", "digits", "custom", "annealing", "kmeans" })
            yield return Training(SourceText.Load(Checkout.File("examples", example + ".nn")));
    }

    private static Plan Training(SourceText script)
    {
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(script, BindOptions.None, spec => (data = DataLoader.Load(spec, [])).Schema);
        TrainingSizes sizes = TrainingSizes.Of(data!, bound.Training!);
        return TrainingPlan.Compile(bound.Training!, sizes).Plan;
    }

    private static IEnumerable<TunedKernel> Tuned(Plan plan) =>
        from limits in s_limits
        from entry in plan.Entries
        from launch in Launches(entry, limits)
        where launch.Kernel is TunedKernel
        select (TunedKernel)launch.Kernel;

    private static IReadOnlyList<Launch> Launches(Entry entry, GpuLimits limits)
    {
        try
        {
            return LaunchPlanner.Plan(entry, limits).Launches;
        }
        catch (NotSupportedException)
        {
            return [];
        }
    }

    // Whatever a device may be tuned to.
    private static IEnumerable<TunedKernel> Products()
    {
        DType[] buffers = [DType.F32, DType.F32, DType.F32];
        KernelSetting[] Ways(params string[] names) => [.. names.Select(n => new KernelSetting(n, 1))];
        KernelSetting[] geometry =
        [
            new("FIXED_IMAGE_HEIGHT", 28), new("FIXED_IMAGE_WIDTH", 30), new("FIXED_OUT_HEIGHT", 14), new("FIXED_OUT_WIDTH", 15),
            new("FIXED_GROUP_CHANNELS", 8),
            new("FIXED_GROUP_FEATURES", 12), new("FIXED_GROUPS", 2), new("FIXED_WINDOW_WIDTH", 3), new("FIXED_STRIDE_Y", 2), new("FIXED_STRIDE_X", 2),
            new("FIXED_TOP", 1),
            new("FIXED_LEFT", 1), new("FIXED_DILATION_Y", 1), new("FIXED_DILATION_X", 1),
        ];
        foreach (TileShape tile in TileShape.All)
        {
            foreach (KernelSetting[] ways in new[] { [], Ways("TRANSPOSE_A"), Ways("TRANSPOSE_B", "VECTOR_A", "VECTOR_B"),
                Ways("TRANSPOSE_A", "TRANSPOSE_B", "VECTOR_B") })
                yield return TunedKernel.Of("matmul", tile.Threads, buffers, [.. tile.Settings, .. ways]);
            foreach (string body in new[] { "conv_forward", "conv_input_gradient", "conv_weight_gradient" })
            {
                yield return TunedKernel.Of(body, tile.Threads, buffers, [.. tile.Settings, .. geometry]);
                yield return TunedKernel.Of(body, tile.Threads, buffers, [.. tile.Settings, .. Ways("VECTOR_A", "VECTOR_B")]);
            }
        }
    }

    private static List<uint[]> Instructions(uint[] words)
    {
        var all = new List<uint[]>();
        for (int at = 5; at < words.Length; at += (int)(words[at] >> 16)) all.Add(words.AsSpan(at, (int)(words[at] >> 16)).ToArray());
        return all;
    }

    // Type and value of the scalar constants in their order, whatever their ids are.
    private static IEnumerable<(uint Op, uint Type, uint Value)> Scalars(uint[] words) =>
        Instructions(words).Where(x => (x[0] & 0xFFFF) is >= ConstantTrue and <= Constant).Select(x => (x[0] & 0xFFFF, x[1], x.Length > 3 ? x[3] : 0));
}
