/** How Group-Net makes K binary bases of one convolution or block (Zhuang et al. 2019, arXiv 1811.10413; groupnet.md section 5). */
export interface GroupForm {
  /** K. */
  readonly bases: number;
  /**
   * What mixes the outputs of the branches of one block with their aggregate into the inputs of the next: one trained number for each block (released code) or each branch
   * (paper); `none`: every branch gets the aggregate.
   */
  readonly gates: 'block' | 'branch' | 'none';
  /**
   * `scales`: the sum of the branches with trained factors; `mean`: their mean; `mean-released`: their mean, with the fault of the released code that hands on the sum of all
   * branches in place of the first.
   */
  readonly aggregation: 'scales' | 'mean' | 'mean-released';
}
