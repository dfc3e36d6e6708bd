namespace Silk.NET.Vulkan;

/// <summary>VkQueryType.</summary>
public enum QueryType
{
    Occlusion = 0,
    PipelineStatistics = 1,
    Timestamp = 2,
}

/// <summary>VkQueryPipelineStatisticFlags.</summary>
[Flags]
public enum QueryPipelineStatisticFlags
{
    None = 0,
}

/// <summary>VkQueryResultFlags.</summary>
[Flags]
public enum QueryResultFlags
{
    None = 0,
    Result64Bit = 1,
    ResultWaitBit = 2,
    ResultWithAvailabilityBit = 4,
    ResultPartialBit = 8,
}

/// <summary>VkQueryPoolCreateInfo.</summary>
public unsafe struct QueryPoolCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public uint Flags;
    public QueryType QueryType;
    public uint QueryCount;
    public QueryPipelineStatisticFlags PipelineStatistics;
}
