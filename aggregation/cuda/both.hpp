#pragma once

/// Before a function that is compiled for the card and for the processor: what a kernel computes is tested without a
/// card.
#ifdef __CUDACC__
#define ZENOPS_BOTH __host__ __device__ __forceinline__
#else
#define ZENOPS_BOTH inline
#endif
